import type { IssueScope, SightingOf } from './connection-issue.ts'
import type { IssueEvidence } from './issue-evidence.ts'

/**
 * The server at the other end has another role than is wanted: it refused a write, or said so itself.
 * With `scope` `'server'`: no server that fits is to be found.
 */
export function wrongRole(
  evidence: IssueEvidence['wrong_role'],
  scope: IssueScope = 'connection',
): SightingOf<'wrong_role'> {
  const severity = scope === 'connection' ? 'critical' : 'warning'
  return { type: 'wrong_role', scope, severity, evidence }
}
