import { detectBlocked } from './blocked.ts'
import { detectBlocking } from './blocking.ts'
import type { DetectCondition } from './connection-facts.ts'
import type { IssueType } from './connection-issue.ts'
import { detectConnectionLeak } from './connection-leak.ts'
import { detectDeadlocks } from './deadlocks.ts'
import { detectErrorRate } from './error-rate.ts'
import { detectHighLatency } from './high-latency.ts'
import { detectIdleInTransaction } from './idle-in-transaction.ts'
import { detectLocksHeld } from './locks-held.ts'
import { detectResourceUsage } from './resource-usage.ts'
import { detectTimeouts } from './timeouts.ts'

/** A condition of one connection, and the type of the issue that it raises. */
export interface SweepDetector {
  readonly type: IssueType
  readonly detect: DetectCondition
}

/** Every condition that a sweep judges on every connection. */
export const sweepDetectors: readonly SweepDetector[] = Object.freeze([
  { type: 'high_latency', detect: detectHighLatency },
  { type: 'error_rate', detect: detectErrorRate },
  { type: 'timeouts', detect: detectTimeouts },
  { type: 'deadlocks', detect: detectDeadlocks },
  { type: 'idle_in_transaction', detect: detectIdleInTransaction },
  { type: 'blocking', detect: detectBlocking },
  { type: 'blocked', detect: detectBlocked },
  { type: 'resource_usage', detect: detectResourceUsage },
  { type: 'locks_held', detect: detectLocksHeld },
  { type: 'connection_leak', detect: detectConnectionLeak },
] satisfies SweepDetector[])
