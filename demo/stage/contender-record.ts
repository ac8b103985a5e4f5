import type { Operation } from '../contender/messages.ts'

/** One thing that a contender's pool said about, or did with, one of its connections. */
export interface ConnectionFact {
  readonly at: number
  readonly processId: number
  readonly what: string
}

export interface Crash {
  readonly at: number
  readonly reason: string
}

/** Everything that one contender told during the run, over all of its processes. */
export interface ContenderRecord {
  readonly operations: Operation[]
  readonly noticed: ConnectionFact[]
  readonly swapped: ConnectionFact[]
  /** Connections that the application released inside BEGIN. */
  readonly leftOpen: ConnectionFact[]
  readonly crashes: Crash[]
  /** When the last statement of the shop went over each connection, by pid; seen on the wire. */
  readonly lastUsedAt: Map<number, number>
  /** Slots still taken when nobody worked any more; `undefined` if the contender did not say. */
  taken: number | undefined
}

export function createContenderRecord(): ContenderRecord {
  return {
    operations: [],
    noticed: [],
    swapped: [],
    leftOpen: [],
    crashes: [],
    lastUsedAt: new Map(),
    taken: undefined,
  }
}
