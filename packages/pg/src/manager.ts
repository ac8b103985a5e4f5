import { OptionProblems } from '@hale/core'
import type pg from 'pg'
import { HealthAwarePool } from './health-aware-pool.ts'
import { withHealthAwareConnection } from './lease.ts'
import type { HealthAwarePoolOptions } from './options.ts'
import type { PoolSnapshot, Readiness } from './snapshot.ts'

/** Several pools by name, with one snapshot, one readiness and one shutdown. */
export class HealthAwareConnectionManager implements AsyncDisposable {
  readonly #pools = new Map<string, HealthAwarePool>()

  /** Adds a pool under a name of its own. @throws {OptionsError} when the name is empty or taken */
  register(name: string, options: HealthAwarePoolOptions | HealthAwarePool): HealthAwarePool {
    const problems = new OptionProblems()
    if (typeof name !== 'string' || name === '')
      problems.add('name', name, 'a text that is not empty')
    if (this.#pools.has(name)) problems.add('name', name, 'a name that is not registered yet')
    problems.throwIfAny()
    const pool = options instanceof HealthAwarePool ? options : new HealthAwarePool(options)
    this.#pools.set(name, pool)
    return pool
  }

  /** The names, in the order of their registration. */
  names(): readonly string[] {
    return [...this.#pools.keys()]
  }

  /** @throws {OptionsError} when nothing is registered under `name` */
  pool(name: string): HealthAwarePool {
    const pool = this.#pools.get(name)
    if (pool !== undefined) return pool
    const names = this.names().join(', ') || 'none yet'
    return new OptionProblems().fail('name', name, `one of the registered names (${names})`)
  }

  /** Runs `use` with a client of the named pool, and gives the client back. */
  async connection<Result>(
    name: string,
    use: (client: pg.PoolClient) => Promise<Result> | Result,
  ): Promise<Result> {
    return withHealthAwareConnection(this.pool(name), use)
  }

  snapshot(): Readonly<Record<string, PoolSnapshot>> {
    return this.#each((pool) => pool.snapshot())
  }

  /** Ready when every pool is; `reason` is that of the first which is not. */
  readiness(): Readiness & { readonly pools: Readonly<Record<string, Readiness>> } {
    const pools = this.#each((pool) => pool.readiness())
    const unready = Object.values(pools).find(({ ready }) => !ready)
    return { ...(unready ?? { ready: true, reason: 'ready' }), pools }
  }

  /** Ends every pool, those included that others have begun to end; rejects with whatever failed. */
  async close(): Promise<void> {
    const endings = [...this.#pools.values()].map((pool) => pool[Symbol.asyncDispose]())
    await Promise.all(endings)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #each<Result>(read: (pool: HealthAwarePool) => Result): Readonly<Record<string, Result>> {
    return Object.fromEntries([...this.#pools].map(([name, pool]) => [name, read(pool)]))
  }
}
