import type {
  ConnectionHealthMonitor,
  EvictCause,
  Fault,
  RecycleCause,
  RetireCause,
} from '@hale/core'
import type { Connection } from './connection.ts'

// What the monitor tells of a connection's life. An event is built only if somebody listens.

export function publishOpened(
  monitor: ConnectionHealthMonitor,
  { id: connectionId, openingAt, client, replaces }: Connection,
  at: number,
): void {
  if (!monitor.hears('connection:opened')) return
  const processId = client.processID ?? undefined
  const openMs = at - openingAt
  monitor.publish({
    type: 'connection:opened',
    at,
    connectionId,
    openMs,
    processId,
    replaces: replaces?.id,
  })
}

export function publishOpenFailed(
  monitor: ConnectionHealthMonitor,
  { id: connectionId, openingAt }: Connection,
  fault: Fault,
  at: number,
): void {
  if (!monitor.hears('connection:open-failed')) return
  const openMs = at - openingAt
  monitor.publish({ type: 'connection:open-failed', at, connectionId, fault, openMs })
}

export function publishLeased(
  monitor: ConnectionHealthMonitor,
  { id: connectionId }: Connection,
  waitedMs: number,
  waiterId: number | undefined,
  at: number,
): void {
  if (!monitor.hears('connection:leased')) return
  monitor.publish({ type: 'connection:leased', at, connectionId, waitedMs, waiterId })
}

export function publishReleased(
  monitor: ConnectionHealthMonitor,
  { id: connectionId, leasedAt }: Connection,
  at: number,
): void {
  if (!monitor.hears('connection:released')) return
  monitor.publish({ type: 'connection:released', at, connectionId, leasedMs: at - leasedAt })
}

/** `rttMs` is undefined when no answer came. */
export function publishProbed(
  monitor: ConnectionHealthMonitor,
  { id: connectionId }: Connection,
  rttMs: number | undefined,
  at: number,
): void {
  if (!monitor.hears('connection:probed')) return
  monitor.publish({ type: 'connection:probed', at, connectionId, rttMs, ok: rttMs !== undefined })
}

/** It will be closed as soon as nobody holds it. */
export function publishCondemned(
  monitor: ConnectionHealthMonitor,
  { id: connectionId }: Connection,
  cause: RecycleCause,
  at: number,
): void {
  if (!monitor.hears('connection:condemned')) return
  monitor.publish({ type: 'connection:condemned', at, connectionId, cause })
}

const retireCauses: readonly RecycleCause[] = [
  'lifetime',
  'uses',
  'idle',
  'memory',
  'surplus',
  'pool-closed',
]

/** It has given its slot back. */
export function publishRecycled(
  monitor: ConnectionHealthMonitor,
  { id: connectionId, openedAt }: Connection,
  cause: RecycleCause,
  at: number,
): void {
  const ageMs = at - openedAt
  if (retireCauses.includes(cause)) {
    if (!monitor.hears('connection:retired')) return
    const planned = cause as RetireCause
    monitor.publish({ type: 'connection:retired', at, connectionId, cause: planned, ageMs })
  } else if (monitor.hears('connection:evicted')) {
    const faulty = cause as EvictCause
    monitor.publish({ type: 'connection:evicted', at, connectionId, cause: faulty, ageMs })
  }
}

/** Its socket is closed; `hard` says that it was destroyed rather than ended. */
export function publishClosed(
  monitor: ConnectionHealthMonitor,
  { id: connectionId, openedAt }: Connection,
  { cause, hard }: { readonly cause: RecycleCause; readonly hard: boolean },
  at: number,
): void {
  if (!monitor.hears('connection:closed')) return
  monitor.publish({
    type: 'connection:closed',
    at,
    connectionId,
    cause,
    ageMs: at - openedAt,
    hard,
  })
}
