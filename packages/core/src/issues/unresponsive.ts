import type { SightingOf } from './connection-issue.ts'
import type { IssueEvidence } from './issue-evidence.ts'

/** An empty query or a statement got no answer, and the server is not at work on it. */
export function unresponsive(
  waitedMs: number,
  during: IssueEvidence['unresponsive']['during'],
): SightingOf<'unresponsive'> {
  const evidence = { waitedMs, during }
  return { type: 'unresponsive', scope: 'connection', severity: 'critical', evidence }
}
