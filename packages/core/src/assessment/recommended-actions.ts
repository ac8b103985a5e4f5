import type { ConnectionIssue, IssueType } from '../issues/connection-issue.ts'
import type {
  HealthStatus,
  RecommendedAction,
  StatusReason,
} from './connection-health-assessment.ts'

/** Issues that a fresh connection would not have; the others are about the work or the server. */
const curedByReplacement: ReadonlySet<IssueType> = new Set([
  'unresponsive',
  'wrong_role',
  'stale_plan',
  'transaction_leak',
  'high_latency',
  'error_rate',
  'disconnections',
  'resource_usage',
] satisfies IssueType[])

const none: readonly RecommendedAction[] = Object.freeze(['none'])
const observe: readonly RecommendedAction[] = Object.freeze(['observe'])
const probe: readonly RecommendedAction[] = Object.freeze(['probe'])
const replace: readonly RecommendedAction[] = Object.freeze(['replace'])

/** What to do about a connection of this status. Frozen and shared. */
export function recommendedActions(
  status: HealthStatus,
  issues: readonly ConnectionIssue[],
  reasons: readonly StatusReason[],
): readonly RecommendedAction[] {
  switch (status) {
    case 'unhealthy':
      return issues.some(isCurable) ? replace : observe
    case 'degraded': // a probe can tell whether it goes on; it says nothing about a warning
      return reasons.includes('suspicion') || reasons.includes('faults') ? probe : observe
    case 'unknown':
      return probe
    case 'healthy':
      return none
    default:
      return status satisfies never
  }
}

function isCurable({ severity, type }: ConnectionIssue): boolean {
  return severity === 'critical' && curedByReplacement.has(type)
}
