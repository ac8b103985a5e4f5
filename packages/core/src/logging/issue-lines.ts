import { explainIssue } from '../assessment/explain-issue.ts'
import { duration } from '../assessment/in-words.ts'
import type { ConnectionIssue, IssueSeverity } from '../issues/connection-issue.ts'
import type { LogFields, LogLevel, LogLine } from './log-sink.ts'

const levelOf: Readonly<Record<IssueSeverity, LogLevel>> = {
  critical: 'error',
  warning: 'warn',
  info: 'info',
}

/** Something is wrong, as grave as it is. */
export function raisedLine(issue: ConnectionIssue): LogLine {
  const message = about(issue, explainIssue(issue))
  return { level: levelOf[issue.severity], message, fields: fieldsOf(issue) }
}

/** It is over. */
export function clearedLine(issue: ConnectionIssue): LogLine {
  const openMs = (issue.clearedAt ?? issue.lastSeenAt) - issue.detectedAt
  const over = `${issue.type.replaceAll('_', ' ')} is over after ${duration(openMs)}`
  return { level: 'info', message: about(issue, over), fields: { ...fieldsOf(issue), openMs } }
}

function about({ connectionId }: ConnectionIssue, clause: string): string {
  if (connectionId !== undefined) return `Connection ${connectionId}: ${clause}`
  return clause.charAt(0).toUpperCase() + clause.slice(1)
}

function fieldsOf({
  id,
  type,
  scope,
  severity,
  connectionId,
  operation,
}: ConnectionIssue): LogFields {
  return {
    issue: type,
    issueId: id,
    severity,
    scope,
    ...(connectionId === undefined ? {} : { connectionId }),
    ...(operation === undefined ? {} : { operation: operation.kind, queryId: operation.queryId }),
  }
}
