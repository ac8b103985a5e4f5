import { type ConnectionHealthMonitor, OptionProblems, OptionReader } from '@hale/core'
import type { HealthAwarePool } from '@hale/pg'
import {
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
} from 'kysely'
import { type DriverOptions, HealthAwareDriver } from './health-aware-driver.ts'
import { checkPool, type PoolFactory, type PoolOrOptions, PoolSource } from './pool-source.ts'

/** What Kysely's own PostgresDialect takes, on a pool that keeps its connections healthy. */
export interface HealthAwareDialectOptions extends DriverOptions {
  /**
   * The pool, its options, or a function that returns either, also as a promise. Each `Kysely` on the
   * dialect has a pool of its own made at its first query, the first one also when `dialect.pool` or
   * `dialect.monitor` is read before; a pool that is given as such is shared.
   */
  readonly pool: PoolOrOptions | PoolFactory
}

/**
 * Kysely's PostgreSQL dialect on a HealthAwarePool: same SQL, same types, same errors.
 *
 * `db.destroy()` ends the pool once `db` has run anything. Before that Kysely has nothing to destroy
 * and does nothing: a pool that was made by then is ended by `dialect.pool.end()`.
 */
export class HealthAwareDialect implements Dialect {
  readonly #source: PoolSource
  readonly #driverOptions: DriverOptions

  /** @throws {OptionsError} that names every problem at once */
  constructor(options: HealthAwareDialectOptions) {
    requireDialectOptions(options)
    const { pool, ...driverOptions } = options
    this.#source = new PoolSource(pool)
    this.#driverOptions = driverOptions
  }

  /**
   * The pool of the first `Kysely` on this dialect, which this makes if nothing has been run yet.
   * @throws {PoolPendingError} while the function that is to return it has not resolved
   */
  get pool(): HealthAwarePool {
    return this.#source.pool
  }

  /** Events and issues of the pool's connections. @throws {PoolPendingError} as `pool` does */
  get monitor(): ConnectionHealthMonitor {
    return this.pool.monitor
  }

  createDriver(): Driver {
    return new HealthAwareDriver(this.#source, this.#driverOptions)
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler()
  }

  createAdapter(): DialectAdapter {
    return new PostgresAdapter()
  }

  // biome-ignore lint/suspicious/noExplicitAny: the signature of Kysely's Dialect
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new PostgresIntrospector(db)
  }
}

function requireDialectOptions(options: unknown): void {
  const problems = new OptionProblems()
  const reader = new OptionReader('', options, problems)
  for (const name of ['cursor', 'controlClient', 'onCreateConnection', 'onReserveConnection']) {
    reader.callback(name)
  }
  reader.rejectUnknown(['pool'])
  checkPool((options as Partial<HealthAwareDialectOptions> | null | undefined)?.pool, problems)
  problems.throwIfAny()
}
