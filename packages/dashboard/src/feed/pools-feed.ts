import { type WatchedPools, watchPools } from '@hale/core'
import type { DashboardPool } from '../dashboard-pool.ts'
import { type DashboardTime, repeat } from '../dashboard-time.ts'
import { jsonObject } from './json-object.ts'
import { PoolFeed } from './pool-feed.ts'

export interface PoolsFeedOptions {
  readonly intervalMs: number
  /** Samples that are remembered of each pool. */
  readonly capacity: number
  /** Called after each look; `delta` is a `DashboardDelta` as JSON, to be called once at most. */
  readonly onLook: (delta: () => string) => void
}

/** All pools of a dashboard: one timer for all, one snapshot of each per interval. */
export class PoolsFeed {
  // Invariant: a delta is told against the state that whoever heard of the look before has.
  readonly #time: DashboardTime
  readonly #options: PoolsFeedOptions
  readonly #feeds = new Map<string, { readonly pool: DashboardPool; readonly feed: PoolFeed }>()
  /** The pools that viewers have heard of. */
  #announced: ReadonlyMap<string, PoolFeed> = new Map()
  #state: string | undefined
  #lookedAt: number
  readonly #stops: readonly (() => void)[]

  /** @throws {OptionsError} when `pools` is nothing that can be watched */
  constructor(pools: WatchedPools, time: DashboardTime, options: PoolsFeedOptions) {
    this.#time = time
    this.#options = options
    this.#lookedAt = time.wallNow()
    const watch = watchPools(pools, (name, pool) =>
      this.#join(name, pool as unknown as DashboardPool),
    )
    this.#announced = this.#announce(new Map())
    this.#stops = [repeat(time, options.intervalMs, () => this.#sample()), () => watch.stop()]
  }

  /** The pool of that name. */
  pool(name: string): DashboardPool | undefined {
    return this.#feeds.get(name)?.pool
  }

  /** A `DashboardState` of the latest look, as JSON. */
  state(): string {
    this.#state ??= jsonObject([
      ['version', '1'],
      ['at', String(this.#lookedAt)],
      ['pools', jsonObject([...this.#announced].map(([name, feed]) => [name, feed.whole()]))],
    ])
    return this.#state
  }

  /** Writes what an operator did into a pool's timeline, and shows at once what came of it. */
  operated(name: string, text: string, connectionId: number | null): void {
    const known = this.#feeds.get(name)
    if (known === undefined) return
    known.feed.operated(text, connectionId)
    this.#look((feed) => feed.refresh())
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #join(name: string, pool: DashboardPool): () => void {
    const feed = new PoolFeed(pool, this.#time, this.#options.capacity)
    this.#feeds.set(name, { pool, feed })
    return () => {
      feed.stop()
      this.#feeds.delete(name)
    }
  }

  #sample(): void {
    const now = this.#time.now()
    const wallNow = this.#time.wallNow()
    this.#look((feed) => feed.sample(now, wallNow))
  }

  #look(look: (feed: PoolFeed) => void): void {
    this.#lookedAt = this.#time.wallNow()
    this.#state = undefined
    for (const { feed } of this.#feeds.values()) {
      try {
        look(feed)
      } catch {
        feed.missed() // whatever a pool does, it must not end the process that is watched
      }
    }
    const before = this.#announced
    this.#announced = this.#announce(before)
    this.#options.onLook(() => this.#delta(before))
  }

  /** A pool that took the name of one that has left comes one look later, so that viewers forget the other. */
  #announce(before: ReadonlyMap<string, PoolFeed>): ReadonlyMap<string, PoolFeed> {
    const announced = new Map<string, PoolFeed>()
    for (const [name, { feed }] of this.#feeds) {
      const known = before.get(name)
      if (known === undefined || known === feed) announced.set(name, feed)
    }
    return announced
  }

  #delta(before: ReadonlyMap<string, PoolFeed>): string {
    const pools: [name: string, json: string][] = []
    for (const [name, feed] of this.#announced) {
      pools.push([name, before.get(name) === feed ? feed.changes() : feed.whole()])
    }
    for (const name of before.keys()) if (!this.#announced.has(name)) pools.push([name, 'null'])
    return jsonObject([
      ['at', String(this.#lookedAt)],
      ['pools', jsonObject(pools)],
    ])
  }
}
