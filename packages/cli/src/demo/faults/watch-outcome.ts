import {
  explainCause,
  explainIssue,
  type HealthEventOf,
  type HealthEventType,
  type HealthListener,
  type IssueType,
} from '@hale/core'
import type { HealthAwarePool } from '@hale/pg'
import type { Occasion } from './fault.ts'

/** Tells when connection `connectionId` leaves the pool and why, and what is opened in its place. */
export function tellDeparture({ pool, tell, signal }: Occasion, connectionId: number): void {
  const took = stopwatch()
  const watch = watchUntil(signal)
  const depart = ({ connectionId: gone, cause }: HealthEventOf<Departure>): void => {
    if (gone !== connectionId) return
    tell(`Connection ${connectionId} left after ${took()}: ${explainCause(cause)}.`)
  }
  listen(pool, 'connection:opened', watch, (opened) => {
    if (opened.replaces !== connectionId) return
    tell(`Connection ${opened.connectionId} was opened in its place after ${took()}.`)
  })
  listen(pool, 'connection:evicted', watch, depart)
  listen(pool, 'connection:retired', watch, depart)
  listen(pool, 'connection:closed', watch, ({ connectionId: gone }) => {
    if (gone === connectionId) watch.end()
  })
}

type Departure = 'connection:evicted' | 'connection:retired'

/** Tells of the next issue of each of `types`, once per type: how long it took, and what the pool says of it. */
export function tellIssues({ pool, tell, signal }: Occasion, types: readonly IssueType[]): void {
  const took = stopwatch()
  const open = new Set(types)
  const watch = watchUntil(signal)
  listen(pool, 'issue:raised', watch, ({ issue, connectionId }) => {
    if (!open.delete(issue.type)) return
    if (open.size === 0) watch.end()
    const whose = connectionId === undefined ? '' : ` of connection ${connectionId}`
    tell(`Issue ${issue.type}${whose} after ${took()}: ${explainIssue(issue)}.`)
  })
}

/** Listeners that are to end together. */
export interface OutcomeWatch {
  readonly signal: AbortSignal
  end(): void
}

/** A watch that ends by itself at the latest when `signal` is aborted. */
export function watchUntil(signal: AbortSignal): OutcomeWatch {
  const controller = new AbortController()
  return {
    signal: AbortSignal.any([signal, controller.signal]),
    end: () => controller.abort(),
  }
}

/** Calls `listener` at each event of `type` until the watch ends. */
export function listen<Type extends HealthEventType>(
  { monitor }: HealthAwarePool,
  type: Type,
  { signal }: OutcomeWatch,
  listener: HealthListener<Type>,
): void {
  if (signal.aborted) return
  monitor.on(type, listener)
  signal.addEventListener('abort', () => monitor.off(type, listener), { once: true })
}

/** Tells the time since it was made: `2.3 s`, or `84 ms` below a second. */
export function stopwatch(): () => string {
  const startedAt = performance.now()
  return () => {
    const ms = performance.now() - startedAt
    return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
  }
}
