import type { SightingOf } from './connection-issue.ts'

/** A write was refused because the server at the other end is read-only. */
export function wrongRole(
  sqlState: string,
  inHotStandby: boolean | undefined,
): SightingOf<'wrong_role'> {
  const evidence = { sqlState, inHotStandby }
  return { type: 'wrong_role', scope: 'connection', severity: 'critical', evidence }
}
