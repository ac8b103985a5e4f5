import { HealthError, OptionProblems } from '@hale/core'
import { HealthAwarePool, type HealthAwarePoolOptions, requirePoolOptions } from '@hale/pg'
import type { PostgresDriver } from 'kysely'

/** A pool, or the options of one. */
export type PoolOrOptions = HealthAwarePool | HealthAwarePoolOptions

/** Called when the pool is needed first, and again if it failed; from Kysely 0.29 on with Kysely's options. */
export type PoolFactory = (
  ...options: Parameters<PostgresDriver['init']>
) => PoolOrOptions | Promise<PoolOrOptions>

/** The pool is not there yet: the function that is to return it has not resolved. */
export class PoolPendingError extends HealthError {
  override readonly name = 'PoolPendingError'
  readonly code = 'HALE_UNSUPPORTED'
}

/** Where a dialect's pool comes from: one pool, made when it is needed first. */
export class PoolSource {
  readonly #given: PoolOrOptions | PoolFactory
  #pool: HealthAwarePool | undefined
  #opening: Promise<HealthAwarePool> | undefined

  /** @throws {OptionsError} when `given` is options that no pool can be made of */
  constructor(given: PoolOrOptions | PoolFactory) {
    if (given instanceof HealthAwarePool) this.#pool = given
    else if (typeof given !== 'function') requirePoolOptions(given)
    this.#given = given
  }

  /**
   * The pool.
   * @throws {PoolPendingError} while an async function, which this calls if nobody has, has not resolved
   */
  get pool(): HealthAwarePool {
    if (this.#pool !== undefined) return this.#pool
    const pool = this.open()
    if (pool instanceof HealthAwarePool) return pool
    pool.catch(() => {}) // whoever opens it next is told
    throw new PoolPendingError(
      'the function given as pool has not resolved yet: run a query first, or await the pool and pass that',
    )
  }

  /** The pool, or a promise of it. */
  open(...options: Parameters<PoolFactory>): HealthAwarePool | Promise<HealthAwarePool> {
    const known = this.#pool ?? this.#opening
    if (known !== undefined) return known
    const given = typeof this.#given === 'function' ? this.#given(...options) : this.#given
    if (!isPromise(given)) return this.#keep(given)
    this.#opening = given
      .then((resolved) => this.#keep(resolved))
      .finally(() => {
        this.#opening = undefined
      })
    return this.#opening
  }

  #keep(given: PoolOrOptions): HealthAwarePool {
    const problems = new OptionProblems()
    checkPool(given, problems)
    problems.throwIfAny()
    this.#pool = given instanceof HealthAwarePool ? given : new HealthAwarePool(given)
    return this.#pool
  }
}

const expected =
  'a HealthAwarePool, a plain object of its options, or a function that returns either'

/** Reports what no pool comes of, above all an instance of something else, such as a `pg.Pool`. */
export function checkPool(given: unknown, problems: OptionProblems): void {
  if (given instanceof HealthAwarePool || typeof given === 'function') return
  if (!isPlainObject(given)) problems.add('pool', given, expected)
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function isPromise(given: PoolOrOptions | Promise<PoolOrOptions>): given is Promise<PoolOrOptions> {
  return typeof (given as Partial<Promise<PoolOrOptions>> | undefined)?.then === 'function'
}
