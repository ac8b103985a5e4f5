import type { TargetSessionAttrs } from '../target-server.ts'

/** What a server says of its role; `undefined` for what it does not tell. */
export interface RoleFacts {
  readonly inHotStandby: boolean | undefined
  readonly readOnlyByDefault: boolean | undefined
}

/** What a server is, in the words of an error. */
export type ServerRole = 'primary' | 'read-only' | 'standby' | 'unknown'

/** Whether a server fits, by libpq's rules; `undefined` when it does not tell enough to know. */
export function fitsTarget(
  target: TargetSessionAttrs,
  { inHotStandby, readOnlyByDefault }: RoleFacts,
): boolean | undefined {
  switch (target) {
    case 'any':
      return true
    case 'standby':
      return inHotStandby
    case 'primary':
      return inHotStandby === undefined ? undefined : !inHotStandby
    case 'read-write':
      if (inHotStandby === true || readOnlyByDefault === true) return false
      return inHotStandby === false && readOnlyByDefault === false ? true : undefined
    default:
      return target satisfies never
  }
}

/** What it is, as far as it tells; a primary that is read-only by default is `read-only`. */
export function roleOf({ inHotStandby, readOnlyByDefault }: RoleFacts): ServerRole {
  if (inHotStandby === undefined) return readOnlyByDefault ? 'read-only' : 'unknown'
  if (inHotStandby) return 'standby'
  return readOnlyByDefault ? 'read-only' : 'primary'
}
