import type { Connection } from './connection.ts'

/** The connections that take a slot of the pool, in the order of their opening. */
export class Slots extends Set<Connection> {
  /** `undefined` for an id that takes no slot any more. */
  find(connectionId: number): Connection | undefined {
    for (const connection of this) if (connection.id === connectionId) return connection
    return undefined
  }

  /** The latest sign of life of any connection, monotonic ms. */
  get heardAt(): number {
    let latest = Number.NEGATIVE_INFINITY
    for (const { state, wire } of this) {
      if (state !== 'opening') latest = Math.max(latest, wire.heardAt)
    }
    return latest
  }
}
