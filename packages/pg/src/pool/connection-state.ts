import { BugError } from '@hale/core'

/**
 * Where a connection is in its life. `opening` to `cleaning` take a slot of the pool; `closing` and
 * `closed` take none, so that no waiter ever waits for a close.
 */
export type ConnectionState =
  | 'opening'
  | 'idle'
  | 'leased'
  | 'probing'
  | 'cleaning'
  | 'closing'
  | 'closed'

const allowed: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  opening: ['idle', 'probing', 'closing'], // to probing: held as a candidate
  idle: ['leased', 'probing', 'closing'],
  leased: ['idle', 'cleaning', 'closing'],
  probing: ['idle', 'closing'],
  cleaning: ['idle', 'closing'],
  closing: ['closed'],
  closed: [],
}

/** `to`, when the table allows it. @throws {BugError} */
export function transition(from: ConnectionState, to: ConnectionState): ConnectionState {
  if (!allowed[from].includes(to)) throw new BugError(`connection ${from} → ${to}`)
  return to
}
