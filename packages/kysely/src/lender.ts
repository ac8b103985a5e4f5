import type { HealthAwarePool } from '@hale/pg'
import type pg from 'pg'
import type { InitArguments, PoolSource } from './pool-source.ts'

/** What Kysely's driver takes for its pool. It can tell what it has lent last. */
export class Lender {
  readonly #source: PoolSource
  #latest: Promise<pg.PoolClient> | undefined

  constructor(source: PoolSource) {
    this.#source = source
  }

  /** Makes the pool if there is none yet. */
  async open(...options: InitArguments): Promise<this> {
    await this.#source.open(...options)
    return this
  }

  get Client(): HealthAwarePool['Client'] {
    return this.#source.pool.Client
  }
  get options(): pg.PoolConfig {
    return this.#source.pool.options
  }

  connect(): Promise<pg.PoolClient> {
    const lending = this.#source.pool.connect()
    this.#latest = lending
    return lending
  }

  /** The promise that `connect` has returned since this was asked last. */
  takeLatest(): Promise<pg.PoolClient> | undefined {
    const latest = this.#latest
    this.#latest = undefined
    return latest
  }

  /** Resolves at once when the application has ended the pool itself. */
  async end(): Promise<void> {
    const { pool } = this.#source
    if (!pool.ending) await pool.end()
  }
}
