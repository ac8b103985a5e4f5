import type { ConformancePool } from './adapter.ts'

/** Every lease of a pool, from its 'acquire' and 'release' events. */
export class LeaseRecord {
  // `lent` holds the clients that are lent right now
  readonly #lent = new Set<object>()
  readonly #faults: string[] = []
  readonly #pool: ConformancePool
  #acquired = 0
  #released = 0

  constructor(pool: ConformancePool) {
    this.#pool = pool
    pool.on('acquire', (client) => {
      this.#acquired += 1
      if (this.#lent.has(client)) this.#faults.push('a client was lent twice at a time')
      this.#lent.add(client)
    })
    pool.on('release', (_error, client) => {
      this.#released += 1
      if (!this.#lent.delete(client)) this.#faults.push('a client was released that was not lent')
    })
  }

  /** What went wrong so far, in words; empty for nothing. */
  get faults(): readonly string[] {
    // a pool that ended took back what it could not wait for
    const unreleased = this.#pool.ended ? 0 : this.#acquired - this.#released
    return unreleased === 0 ? this.#faults : [...this.#faults, `${unreleased} leases never ended`]
  }
}
