import type { ConnectionHealthMetrics } from '../metrics/connection-health-metrics.ts'
import type { Thresholds } from '../options/threshold-options.ts'
import type { ConnectionIssue, IssueSighting } from './connection-issue.ts'

/** What is known of whoever has it. */
export interface HolderFacts {
  /** Where in the application it was leased, as far as that was noted; made when it is read. */
  readonly leasedBy: string | undefined
  /** It waits for notifications, so that quiet says nothing. */
  readonly isListening: boolean
}

/** What a sweep knows of one connection, as far as conditions are judged by it. */
export interface ConnectionFacts {
  readonly metrics: ConnectionHealthMetrics
  /** Monotonic ms. */
  readonly now: number
  /** How long its present holder has had it; `undefined` while nobody has. */
  readonly leasedMs: number | undefined
  /** How long its holder has sent nothing; `undefined` while nobody has it or a statement runs. */
  readonly quietMs: number | undefined
  readonly holder: HolderFacts
  /** Age of its open transaction; `undefined` while none is open. */
  readonly transactionMs: number | undefined
  /** How long its transaction has had nothing to do; `undefined` while it has, or none is open. */
  readonly idleInTransactionMs: number | undefined
  /** Faults against all others per statement of theirs; `undefined` if they have too few. */
  readonly othersErrorRatio: number | undefined
}

/**
 * What is to become of the issue of a condition: it is raised or renewed (the sighting), it is
 * cleared (`over`), or it stays as it is.
 */
export type SweepVerdict = IssueSighting | 'over' | undefined

/**
 * Judges one condition. `open` is the open issue of the type that it reports; an issue that was
 * raised by something else than a limit is left alone. Allocates only for a sighting.
 */
export type DetectCondition = (
  facts: ConnectionFacts,
  thresholds: Thresholds,
  open: ConnectionIssue | undefined,
) => SweepVerdict
