import { type WatchedPool, type WatchedPools, type WatchedSnapshot, watchPools } from '@hale/core'
import { type ExemplarLabels, WaitExemplars } from './wait-exemplars.ts'

/** One pool as it was when the scrape began. */
export interface PoolAtScrape {
  readonly name: string
  readonly pool: WatchedPool
  readonly snapshot: WatchedSnapshot
  readonly exemplars: WaitExemplars | undefined
}

/** The pools that there are, read once per scrape, however many metrics ask. */
export class PoolsAtScrape {
  readonly #watch: ReturnType<typeof watchPools>
  readonly #exemplars = new Map<string, WaitExemplars>()
  #latest: readonly PoolAtScrape[] | undefined

  /** @throws {OptionsError} when `pools` is nothing that can be watched */
  constructor(pools: WatchedPools, labelsNow: (() => ExemplarLabels | undefined) | undefined) {
    this.#watch = watchPools(pools, (name, pool) => {
      if (labelsNow === undefined) return () => {}
      const exemplars = new WaitExemplars(labelsNow)
      this.#exemplars.set(name, exemplars)
      const unlisten = exemplars.listen(pool)
      return () => {
        unlisten()
        this.#exemplars.delete(name)
      }
    })
  }

  /** A registry asks all of its metrics before it waits for any, so what was read holds until then. */
  read(): readonly PoolAtScrape[] {
    if (this.#latest !== undefined) return this.#latest
    this.#latest = Array.from(this.#watch.entries(), ([name, pool]) => {
      return { name, pool, snapshot: pool.snapshot(), exemplars: this.#exemplars.get(name) }
    })
    void Promise.resolve().then(() => {
      this.#latest = undefined
    })
    return this.#latest
  }

  stop(): void {
    this.#watch.stop()
  }
}
