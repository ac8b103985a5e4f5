import type { FaultKind } from '../faults/fault.ts'
import type { SightingOf } from './connection-issue.ts'

/** The server takes no connections for now. */
export function serverUnreachable(
  failures: number,
  lastError: FaultKind,
): SightingOf<'server_unreachable'> {
  const evidence = { failures, lastError }
  return { type: 'server_unreachable', scope: 'server', severity: 'warning', evidence }
}
