import { type ConnectionHealthMonitor, poolExhaustion } from '@hale/core'
import {
  AcquireTimeoutError,
  type AcquireTimeoutReason,
  type LeaseHolder,
  type PoolCounts,
} from '../errors.ts'
import type { Connection } from './connection.ts'
import type { Waiter } from './waiter-queue.ts'

/** Leases that an error tells of, at most; the longest ones. */
const MOST_HOLDERS = 10

/** Why callers waited in vain: true of all whose deadline passed at one instant. */
export interface WaitingInVain {
  readonly reason: AcquireTimeoutReason
  readonly counts: PoolCounts
  readonly holders: readonly LeaseHolder[]
  /** Why the latest opening failed, where that is the reason. */
  readonly cause: Error | undefined
}

/** What is known of a pool in which callers wait. */
export interface WaitingFacts {
  readonly counts: PoolCounts
  readonly connections: Iterable<Connection>
  /** Everybody who waits or waited in vain. */
  readonly waiters: Iterable<Waiter>
  readonly leakedAfterMs: number | false
  /** Why the latest opening failed; `undefined` since one succeeded. */
  readonly openingError: Error | undefined
  readonly now: number
}

/** Finds the reason: a pool that is blocked by its own holders is not a busy one. */
export function explainWaiting(facts: WaitingFacts): WaitingInVain {
  const { counts, connections, waiters, leakedAfterMs, openingError, now } = facts
  const waiting = holdersThatWait(waiters, now)
  const holders: LeaseHolder[] = []
  for (const connection of connections) {
    if (connection.state !== 'leased') continue
    holders.push(toLeaseHolder(connection, waiting.has(connection), leakedAfterMs, now))
  }
  const nested = holders.filter(({ isWaiting }) => isWaiting).length
  const leaked = holders.filter(({ isLeaked }) => isLeaked).length
  const isServerDown = counts.leased + counts.cleaning === 0 // nobody has, or had, what others wait for
  const isMost = (part: number): boolean => part > 0 && part * 2 >= holders.length
  let reason: AcquireTimeoutReason = 'busy'
  if (isServerDown) reason = 'server-down'
  else if (isMost(leaked)) reason = 'leaked'
  else if (isMost(nested)) reason = 'nested-acquire'
  holders.sort((a, b) => b.leasedMs - a.leasedMs)
  const cause = isServerDown ? openingError : undefined
  return { reason, counts, holders: holders.slice(0, MOST_HOLDERS), cause }
}

/** Publishes that a caller waits; told while that caller is still running. */
export function publishQueued(
  monitor: ConnectionHealthMonitor,
  { id: waiterId, since }: Waiter,
  waiting: number,
): void {
  if (!monitor.hears('acquire:queued')) return
  monitor.publish({ type: 'acquire:queued', at: since, waiterId, waiting })
}

/** Publishes that a caller waited in vain, and makes the error that says why. */
export function acquireTimedOut(
  { id: waiterId, since }: Waiter,
  { reason, counts, holders, cause }: WaitingInVain,
  monitor: ConnectionHealthMonitor,
  at: number,
): AcquireTimeoutError {
  const waitedMs = at - since
  monitor.publish({ type: 'acquire:timed-out', at, waiterId, waitedMs, waiting: counts.waiting })
  if (reason !== 'server-down') monitor.sight(poolExhaustion(counts))
  const options = cause === undefined ? undefined : { cause }
  return new AcquireTimeoutError(reason, waitedMs, { counts, holders }, options)
}

/**
 * Connections whose holders are among the waiters: they come back only when one of these is served. Flows
 * that spawn others look like their holders too; but whoever waits sends nothing.
 */
function holdersThatWait(waiters: Iterable<Waiter>, now: number): ReadonlySet<Connection> {
  const found = new Set<Connection>()
  for (const { holder, since } of waiters) {
    for (let outer = holder?.outer; outer !== undefined; outer = outer.outer) {
      const { connection, isHolding } = outer
      if (!isHolding || connection === undefined || connection.isListening) continue
      if (connection.quietMs(now) >= now - since) found.add(connection)
    }
  }
  return found
}

function toLeaseHolder(
  connection: Connection,
  isWaiting: boolean,
  leakedAfterMs: number | false,
  now: number,
): LeaseHolder {
  const { id: connectionId, leasedAt, leasedBy } = connection
  return {
    connectionId,
    leasedMs: now - leasedAt,
    quietMs: connection.quietMs(now),
    leasedBy,
    isLeaked: connection.hasLeaked(leakedAfterMs, now),
    isWaiting,
  }
}
