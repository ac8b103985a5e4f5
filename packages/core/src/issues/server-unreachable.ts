import type { FaultKind } from '../faults/fault.ts'
import type { ConnectionIssue, SightingOf } from './connection-issue.ts'
import type { IssueEvidence } from './issue-evidence.ts'

type Sighting = SightingOf<'server_unreachable'>

/** The server takes no connections for now. */
export function serverUnreachable(failures: number, lastError: FaultKind): Sighting {
  return sighting({ failures, lastError, silentMs: undefined })
}

/** The server answers nothing on the connections that there are; openings may fail beside that. */
export function serverSilent(silentMs: number, open: ConnectionIssue | undefined): Sighting {
  const known = open?.type === 'server_unreachable' ? open.evidence : undefined
  const { failures = 0, lastError } = known ?? {}
  return sighting({ failures, lastError, silentMs })
}

/** What is left of the issue once the server was heard of: the openings that fail, if they do. */
export function withoutSilence(open: ConnectionIssue | undefined): Sighting | undefined {
  if (open?.type !== 'server_unreachable' || open.evidence.failures === 0) return undefined
  return sighting({ ...open.evidence, silentMs: undefined })
}

function sighting(evidence: IssueEvidence['server_unreachable']): Sighting {
  return { type: 'server_unreachable', scope: 'server', severity: 'warning', evidence }
}
