import type { ConnectionHealthAssessment } from '../assessment/connection-health-assessment.ts'
import type { IssueType } from '../issues/connection-issue.ts'
import type { EvictCause, RecycleCause } from './recycle-cause.ts'

/**
 * The cause of evicting for a critical issue of each type. A fresh connection would not help against
 * the types that are left out: they are about the work, the pool or the server.
 */
const causes: Readonly<Partial<Record<IssueType, EvictCause>>> = {
  unresponsive: 'unresponsive',
  wrong_role: 'role',
  stale_plan: 'plan',
  transaction_leak: 'transaction',
  high_latency: 'latency',
  error_rate: 'faults',
  disconnections: 'faults',
}

/**
 * Whether a cause rests on statistics, so that it obeys budget and panic threshold. The others were
 * seen to be so: no answer came, the server said that it is a standby, the plan was
 * refused.
 */
export function isStatistical(cause: RecycleCause): boolean {
  return cause === 'latency' || cause === 'faults'
}

/**
 * Why an unhealthy connection is to be evicted, certain causes first; `undefined` for any other
 * status.
 */
export function evictCauseOf(assessment: ConnectionHealthAssessment): EvictCause | undefined {
  if (assessment.status !== 'unhealthy') return undefined
  const found = assessment.issues
    .filter((issue) => issue.severity === 'critical')
    .map((issue) => causes[issue.type])
    .filter((cause) => cause !== undefined)
  return found.find((cause) => !isStatistical(cause)) ?? found[0]
}
