import { type ConnectionHealthMonitor, OptionProblems, OptionReader } from '@hale/core'
import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
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

/** What Kysely's own PostgresDialect takes, on a pool that keeps its connections healthy. */
export interface HealthAwareDialectOptions extends DriverOptions {
  /** The pool, or the options of one that the dialect makes at once. */
  readonly pool: HealthAwarePool | HealthAwarePoolOptions
}

/**
 * Kysely's PostgreSQL dialect on a HealthAwarePool: same SQL, same types, same errors.
 *
 * `db.destroy()` ends the pool once `db` has run anything. Before that Kysely has nothing to destroy
 * and does nothing: call `dialect.pool.end()`.
 */
export class HealthAwareDialect implements Dialect {
  readonly pool: HealthAwarePool
  readonly #driverOptions: DriverOptions

  /** @throws {OptionsError} that names every problem at once */
  constructor(options: HealthAwareDialectOptions) {
    requireDialectOptions(options)
    const { pool, ...driverOptions } = options
    this.pool = pool instanceof HealthAwarePool ? pool : new HealthAwarePool(pool)
    this.#driverOptions = driverOptions
  }

  /** Events and issues of the pool's connections. */
  get monitor(): ConnectionHealthMonitor {
    return this.pool.monitor
  }

  createDriver(): Driver {
    return new HealthAwareDriver(this.pool, this.#driverOptions)
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
  const pool = (options as { readonly pool?: unknown } | null | undefined)?.pool
  if (!(pool instanceof HealthAwarePool) && !isPlainObject(pool)) {
    problems.add('pool', pool, 'a HealthAwarePool, or a plain object of its options')
  }
  problems.throwIfAny()
}

/** Tells options from an instance of something else, above all from a `pg.Pool`. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
