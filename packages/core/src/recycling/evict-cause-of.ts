import type { ConnectionHealthAssessment } from '../assessment/connection-health-assessment.ts'
import type { ConnectionIssue, IssueType } from '../issues/connection-issue.ts'
import type { EvictCause, RecycleCause } from './recycle-cause.ts'

/**
 * The cause of evicting for a critical issue of each type, `high_latency` aside. A fresh connection
 * would not help against the types that are left out: they are about the work, the pool or the
 * server.
 */
const causes: Readonly<Partial<Record<IssueType, EvictCause>>> = {
  unresponsive: 'unresponsive',
  wrong_role: 'role',
  stale_plan: 'plan',
  transaction_leak: 'transaction',
  error_rate: 'faults',
  disconnections: 'faults',
}

/**
 * Whether a cause rests on statistics, so that it obeys budget, back-off, panic threshold and warm
 * floor. The others were seen to be so: no answer came, the server said that it is a standby, the
 * plan was refused.
 */
export function isStatistical(cause: RecycleCause): boolean {
  return cause === 'latency' || cause === 'stalls' || cause === 'ageing' || cause === 'faults'
}

/**
 * Why an unhealthy connection is to be evicted, certain causes first; `undefined` for any other
 * status.
 */
export function evictCauseOf(assessment: ConnectionHealthAssessment): EvictCause | undefined {
  if (assessment.status !== 'unhealthy') return undefined
  let statistical: EvictCause | undefined
  for (const issue of assessment.issues) {
    const cause = issue.severity === 'critical' ? causeOf(issue) : undefined
    if (cause === undefined) continue
    if (!isStatistical(cause)) return cause
    statistical ??= cause
  }
  return statistical
}

function causeOf(issue: ConnectionIssue): EvictCause | undefined {
  if (issue.type !== 'high_latency') return causes[issue.type]
  const { basis } = issue.evidence
  switch (basis) {
    case 'duel':
    case 'limit':
      return 'latency'
    case 'stalls':
      return 'stalls'
    case 'ageing':
      return 'ageing'
    default:
      return basis satisfies never
  }
}
