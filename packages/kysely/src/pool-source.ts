import { HealthError, isPlainObject, OptionProblems } from '@hale/core'
import { HealthAwarePool, type HealthAwarePoolOptions, requirePoolOptions } from '@hale/pg'
import type { PostgresDriver } from 'kysely'

/** A pool, or the options of one. */
export type PoolOrOptions = HealthAwarePool | HealthAwarePoolOptions

/**
 * Called once for each `Kysely` on the dialect, at its first query, and again if that failed; from Kysely
 * 0.29 on with Kysely's options.
 */
export type PoolFactory = (
  ...options: Parameters<PostgresDriver['init']>
) => PoolOrOptions | Promise<PoolOrOptions>

/** The pool is not there yet: the function that is to return it has not resolved. */
export class PoolPendingError extends HealthError {
  override readonly name = 'PoolPendingError'
  readonly code = 'HALE_UNSUPPORTED'
}

/**
 * Where the pools of a dialect come from. As in Kysely, each driver has one of its own, made when it is
 * needed first: destroying one `Kysely` leaves the others on the same dialect alone. A pool that was given
 * as such is shared by all of them.
 */
export class PoolSource {
  readonly #given: PoolOrOptions | PoolFactory
  /** What `pool` shows. */
  #shown: HealthAwarePool | Promise<HealthAwarePool> | undefined
  /** `#shown` is a driver's already. */
  #isTaken = false

  /** @throws {OptionsError} when `given` is options that no pool can be made of */
  constructor(given: PoolOrOptions | PoolFactory) {
    if (typeof given !== 'function' && !(given instanceof HealthAwarePool))
      requirePoolOptions(given)
    this.#given = given
  }

  /**
   * The pool of the first driver, or, once that is ended, of the first one that was opened after.
   * @throws {PoolPendingError} while an async function, which this calls if nobody has, has not resolved
   */
  get pool(): HealthAwarePool {
    const pool = this.#shown ?? this.#show(this.#make())
    if (pool instanceof HealthAwarePool) return pool
    pool.catch(() => {}) // whoever opens it next is told
    throw new PoolPendingError(
      'the function given as pool has not resolved yet: run a query first, or await the pool and pass that',
    )
  }

  /** The pool for one driver, or a promise of it. */
  open(...options: Parameters<PoolFactory>): HealthAwarePool | Promise<HealthAwarePool> {
    const shown = this.#shown
    const isEnded = shown instanceof HealthAwarePool && shown.ending
    if (shown !== undefined && !isEnded && this.#isTaken) return this.#make(...options)
    const pool = shown === undefined || isEnded ? this.#show(this.#make(...options)) : shown
    this.#isTaken = true
    return pool
  }

  #make(...options: Parameters<PoolFactory>): HealthAwarePool | Promise<HealthAwarePool> {
    const given = typeof this.#given === 'function' ? this.#given(...options) : this.#given
    return isPromise(given) ? given.then(toPool) : toPool(given)
  }

  #show(
    made: HealthAwarePool | Promise<HealthAwarePool>,
  ): HealthAwarePool | Promise<HealthAwarePool> {
    this.#isTaken = false
    if (made instanceof HealthAwarePool) {
      this.#shown = made
      return made
    }
    const pending = made.then(
      (pool) => {
        this.#shown = pool
        return pool
      },
      (error: unknown) => {
        this.#shown = undefined
        throw error
      },
    )
    this.#shown = pending
    return pending
  }
}

function toPool(given: PoolOrOptions): HealthAwarePool {
  const problems = new OptionProblems()
  checkPool(given, problems)
  problems.throwIfAny()
  return given instanceof HealthAwarePool ? given : new HealthAwarePool(given)
}

const expected =
  'a HealthAwarePool, a plain object of its options, or a function that returns either'

/** Reports what no pool comes of, above all an instance of something else, such as a `pg.Pool`. */
export function checkPool(given: unknown, problems: OptionProblems): void {
  if (given instanceof HealthAwarePool || typeof given === 'function') return
  if (!isPlainObject(given)) problems.add('pool', given, expected)
}

function isPromise(given: PoolOrOptions | Promise<PoolOrOptions>): given is Promise<PoolOrOptions> {
  return typeof (given as Partial<Promise<PoolOrOptions>> | undefined)?.then === 'function'
}
