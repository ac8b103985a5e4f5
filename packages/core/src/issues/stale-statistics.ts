import type { SightingOf } from './connection-issue.ts'
import type { IssueEvidence } from './issue-evidence.ts'

/** PostgreSQL allows 63 bytes for the schema and 63 for the table. */
const maxNameLength = 127

/** The planner's statistics are out of date, so that plans may turn bad on every connection. */
export function staleStatistics(
  evidence: IssueEvidence['stale_statistics'],
): SightingOf<'stale_statistics'> {
  const worstTable = evidence.worstTable.slice(0, maxNameLength)
  return {
    type: 'stale_statistics',
    scope: 'server',
    severity: 'warning',
    evidence: { ...evidence, worstTable },
  }
}
