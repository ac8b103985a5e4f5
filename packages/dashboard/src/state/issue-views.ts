import { type ConnectionIssue, explainIssue } from '@hale/core'
import type { IssueView } from './dashboard-state.ts'

/** Issues that are sent. */
const maxIssues = 100

/** Open issues, then cleared ones, the latest first. */
export function issueViews(
  open: readonly ConnectionIssue[],
  history: readonly ConnectionIssue[],
  wallOf: (at: number) => number,
): readonly IssueView[] {
  const latest = [...open].sort((a, b) => b.detectedAt - a.detectedAt).slice(0, maxIssues)
  const left = maxIssues - latest.length
  const cleared = left === 0 ? [] : history.slice(-left).reverse()
  return [...latest, ...cleared].map((issue) => issueView(issue, wallOf))
}

function issueView(issue: ConnectionIssue, wallOf: (at: number) => number): IssueView {
  const { id, type, scope, severity, connectionId, detectedAt, lastSeenAt, clearedAt } = issue
  return {
    id,
    type,
    scope,
    severity,
    connectionId: connectionId ?? null,
    detectedAt: wallOf(detectedAt),
    lastSeenAt: wallOf(lastSeenAt),
    clearedAt: clearedAt === undefined ? null : wallOf(clearedAt),
    explanation: explainIssue(issue),
    evidence: issue.evidence,
  }
}
