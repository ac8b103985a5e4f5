import { WrongRoleError } from '../errors.ts'
import type { TargetSessionAttrs } from '../target-server.ts'
import type { Connection } from './connection.ts'
import type { OpeningResult } from './opening.ts'
import { fitsTarget, type RoleFacts, roleOf, type ServerRole } from './roles.ts'

/** One word. A hot standby's transactions are read-only, whatever their default says. */
const question =
  "select case when pg_catalog.pg_is_in_recovery() then 'standby' " +
  "when pg_catalog.current_setting('transaction_read_only') operator(pg_catalog.=) 'on' " +
  "then 'read-only' else 'primary' end as role"

const factsOf: ReadonlyMap<unknown, RoleFacts> = new Map<ServerRole, RoleFacts>([
  ['standby', { inHotStandby: true, readOnlyByDefault: undefined }],
  ['read-only', { inHotStandby: false, readOnlyByDefault: true }],
  ['primary', { inHotStandby: false, readOnlyByDefault: false }],
])
const nothing: RoleFacts = { inHotStandby: undefined, readOnlyByDefault: undefined }

/**
 * Finds out whether a connection that is opening has reached a server that fits: from what the server told
 * while it connected, which costs nothing, else by asking it once. `done` is called at once in the first
 * case, and at most once.
 */
export function checkRole(
  { client, wire }: Connection,
  { wanted, areRolesTold }: { readonly wanted: TargetSessionAttrs; readonly areRolesTold: boolean },
  done: (result: OpeningResult) => void,
): void {
  const conclude = (facts: RoleFacts): void => {
    if (fitsTarget(wanted, facts) === true) done({ kind: 'opened' })
    else done({ kind: 'wrong-role', error: new WrongRoleError(client, wanted, roleOf(facts)) })
  }
  if (areRolesTold && fitsTarget(wanted, wire) !== undefined) conclude(wire)
  else if (client.query === undefined)
    done({ kind: 'opened' }) // nobody can ask it anything
  else {
    wire.probing = 'question'
    client.query(question, (error, result) => {
      wire.probing = undefined
      if (error) done({ kind: 'failed', error })
      else conclude(factsOf.get(firstRole(result)) ?? nothing)
    })
  }
}

function firstRole(result: unknown): unknown {
  const { rows } = result as { readonly rows?: readonly { readonly role?: unknown }[] }
  return rows?.[0]?.role
}
