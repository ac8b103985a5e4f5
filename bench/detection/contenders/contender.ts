import type { Clock, ConnectionHealthMetrics, PoolPort, ProbeKind, RecycleCause } from '@hale/core'

/**
 * How a statement failed: as it would have on any connection, for reasons of this connection, or
 * because the client gave up waiting.
 */
export type Failure = 'application' | 'connection' | 'timeout'

/** What a contender is told of a connection. */
export interface WatchedConnection {
  readonly id: number
  readonly metrics: ConnectionHealthMetrics
  readonly isLeaving: boolean
}

/** A way of finding faulty connections. It sees what the pool sees, and acts through the port. */
export interface Contender {
  /** Whether it retires connections at their deadline; else the pool does. */
  readonly retires: boolean
  /** The handle of a fingerprint of the workload, asked for once. */
  fingerprint(index: number): number
  /** A connection begins to open. Ids ascend and are never used again. */
  opening(connectionId: number): ConnectionHealthMetrics
  answered(connection: WatchedConnection, fingerprint: number, ms: number, now: number): void
  failed(
    connection: WatchedConnection,
    fingerprint: number,
    failure: Failure,
    ms: number,
    now: number,
  ): void
  probed(connection: WatchedConnection, kind: ProbeKind, ms: number, now: number): void
  released(connection: WatchedConnection, leasedMs: number): void
  /** A connection is going to be closed for this cause, for certain. */
  recycled?(connectionId: number, cause: RecycleCause, now: number): void
  /** `newId` takes the place of `oldId`, which is about to be closed. */
  replaced?(oldId: number, newId: number, cause: RecycleCause, now: number): void
  closed(connection: WatchedConnection): void
  /** Called every `sweepMs` of virtual time. */
  sweep(now: number): void
  /** For a trace: what it thinks of the connection now, in a few words; nothing if nothing. */
  opinionOf?(connection: WatchedConnection): string | undefined
}

/** What a contender is made with. */
export interface ContenderPorts {
  readonly clock: Clock
  readonly port: PoolPort
  readonly connections: number
  readonly random: () => number
  /** For a trace: gets one line per event worth telling; `undefined` when nobody listens. */
  readonly tell: ((text: string) => void) | undefined
}

export const sweepMs = 250
