import type { TargetSessionAttrs } from '../target-server.ts'

/** What a server says of its role; `undefined` for what it does not tell. */
export interface RoleFacts {
  readonly inHotStandby: boolean | undefined
  readonly readOnlyByDefault: boolean | undefined
}

/** What a server is, in the words of an error. */
export type ServerRole = 'primary' | 'read-only' | 'standby' | 'unknown'

/** libpq's rules; `undefined` when a server does not tell enough to know. */
const rules: Readonly<Record<TargetSessionAttrs, (facts: RoleFacts) => boolean | undefined>> = {
  any: () => true,
  standby: ({ inHotStandby }) => inHotStandby,
  primary: ({ inHotStandby }) => not(inHotStandby),
  'read-write': ({ inHotStandby, readOnlyByDefault }) => {
    if (inHotStandby === true) return false
    return readOnlyByDefault === false ? not(inHotStandby) : not(readOnlyByDefault)
  },
}

/** Whether a server fits, by libpq's rules; `undefined` when it does not tell enough to know. */
export function fitsTarget(target: TargetSessionAttrs, facts: RoleFacts): boolean | undefined {
  return rules[target](facts)
}

function not(fact: boolean | undefined): boolean | undefined {
  return fact === undefined ? undefined : !fact
}

/** What it is, as far as it tells; a primary that is read-only by default is `read-only`. */
export function roleOf({ inHotStandby, readOnlyByDefault }: RoleFacts): ServerRole {
  if (inHotStandby === undefined) return readOnlyByDefault ? 'read-only' : 'unknown'
  if (inHotStandby) return 'standby'
  return readOnlyByDefault ? 'read-only' : 'primary'
}
