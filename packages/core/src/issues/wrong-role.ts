import type { SightingOf } from './connection-issue.ts'

/** What is known of a server that has the wrong role. */
export interface RoleFacts {
  /** The error that a write met with, if one did. */
  readonly sqlState?: string | undefined
  /** What the server last said of itself. */
  readonly inHotStandby?: boolean | undefined
  /** The role that is asked for, in libpq's terms, as in `read-write`. */
  readonly wanted?: string | undefined
}

/**
 * The server at the other end is not of the role that is needed: it refused a write because it is
 * read-only, or it told its role by itself.
 */
export function wrongRole(facts: RoleFacts): SightingOf<'wrong_role'> {
  const { sqlState, inHotStandby, wanted } = facts
  const evidence = { sqlState, inHotStandby, wanted }
  return { type: 'wrong_role', scope: 'connection', severity: 'critical', evidence }
}
