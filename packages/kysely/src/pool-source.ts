import { HealthError, OptionProblems } from '@hale/core'
import { HealthAwarePool, type HealthAwarePoolOptions, requirePoolOptions } from '@hale/pg'
import type { PostgresDriver } from 'kysely'

/** Kysely's own arguments of `init`: none in 0.28, an abort signal from 0.29 on. */
export type InitArguments = Parameters<PostgresDriver['init']>

/** A pool, or the options of one. */
export type PoolOrOptions = HealthAwarePool | HealthAwarePoolOptions

/** Called when the pool is needed for the first time, and again if it failed. */
export type PoolFactory = (...options: InitArguments) => PoolOrOptions | Promise<PoolOrOptions>

/** The pool is not there yet: the function that is to return it has not resolved. */
export class PoolPendingError extends HealthError {
  override readonly name = 'PoolPendingError'
  readonly code = 'HALE_UNSUPPORTED'
  constructor() {
    super(
      'the function that was given as pool has not resolved yet: ' +
        'run a query first, or await the pool yourself and pass that',
    )
  }
}

/** Where a dialect's pool comes from: one pool, made when it is needed first. */
export class PoolSource {
  readonly #given: PoolOrOptions | PoolFactory
  #pool: HealthAwarePool | undefined
  #opening: Promise<HealthAwarePool> | undefined

  /** @throws {OptionsError} when `given` is options that no pool can be made of */
  constructor(given: PoolOrOptions | PoolFactory) {
    if (typeof given !== 'function' && !(given instanceof HealthAwarePool))
      requirePoolOptions(given)
    this.#given = given
  }

  /**
   * The pool.
   * @throws {PoolPendingError} while an async function, which this calls if nobody has, has not resolved
   */
  get pool(): HealthAwarePool {
    const pool = this.open()
    if (pool instanceof HealthAwarePool) return pool
    pool.catch(() => {}) // whoever opens it next is told
    throw new PoolPendingError()
  }

  /** The pool, or a promise of it. */
  open(...options: InitArguments): HealthAwarePool | Promise<HealthAwarePool> {
    const known = this.#pool ?? this.#opening
    if (known !== undefined) return known
    const given = typeof this.#given === 'function' ? this.#given(...options) : this.#given
    if (!isPromise(given)) return this.#keep(given)
    const forget = (): void => {
      this.#opening = undefined
    }
    this.#opening = given.then((resolved) => this.#keep(resolved)).finally(forget)
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
  const isSound =
    given instanceof HealthAwarePool || typeof given === 'function' || isPlainObject(given)
  if (!isSound) problems.add('pool', given, expected)
}

function isPromise(given: PoolOrOptions | Promise<PoolOrOptions>): given is Promise<PoolOrOptions> {
  return typeof (given as Partial<Promise<PoolOrOptions>> | undefined)?.then === 'function'
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
