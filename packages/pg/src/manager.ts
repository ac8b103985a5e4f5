import { OptionProblems } from '@hale/core'
import type pg from 'pg'
import { PoolClosedError } from './errors.ts'
import type { HealthAwarePool } from './health-aware-pool.ts'
import { withHealthAwareConnection } from './lease.ts'
import {
  type ManagerOptions,
  type ReplicaPolicy,
  resolveManagerOptions,
} from './manager/manager-options.ts'
import { addUp, type ManagerOverview } from './manager/manager-overview.ts'
import { judgeReadiness, type ManagerReadiness } from './manager/manager-readiness.ts'
import type { ManagedPoolOptions, PoolPlacement } from './manager/placement.ts'
import { PoolGroup } from './manager/pool-group.ts'
import { createRegistered } from './manager/register-pool.ts'
import type { HealthAwarePoolOptions } from './options.ts'
import type { PoolSnapshot } from './snapshot.ts'

/** A pool has come to a manager, or leaves it. */
export interface MembershipChange {
  readonly name: string
  readonly pool: HealthAwarePool
  readonly isMember: boolean
}

export type MembershipListener = (change: MembershipChange) => void

/**
 * Several pools by name, with one snapshot, one readiness and one shutdown; primaries and their replicas in
 * groups. Managers know nothing of each other.
 */
export class HealthAwareConnectionManager implements AsyncDisposable {
  // Invariants: whoever has a role sits in one group, and leaves it together with `#pools`; a group without
  // members is dropped. Nothing is added once `#closing` is set.
  readonly #defaults: HealthAwarePoolOptions
  readonly #policy: ReplicaPolicy
  readonly #pools = new Map<string, HealthAwarePool>()
  readonly #groups = new Map<string, PoolGroup>()
  /** Of those that have left. */
  readonly #endings = new Set<Promise<void>>()
  readonly #listeners = new Set<MembershipListener>()
  #closing: Promise<void> | undefined

  /** @throws {OptionsError} that names every problem at once */
  constructor(options: ManagerOptions = {}) {
    const { defaults, ...policy } = resolveManagerOptions(options)
    this.#defaults = defaults
    this.#policy = policy
  }

  /**
   * Adds a pool under a name of its own: one that is made of `options` over the manager's defaults, or one
   * that there is, whose role and group the third argument says. The manager ends either.
   *
   * @throws {OptionsError} that names every problem at once; the name is taken, or the group has a primary
   * @throws {PoolClosedError} once the manager is closed
   */
  register(name: string, options: ManagedPoolOptions): HealthAwarePool
  register(
    name: string,
    pool: HealthAwarePool | ManagedPoolOptions,
    placement?: PoolPlacement,
  ): HealthAwarePool
  register(
    name: string,
    given: HealthAwarePool | ManagedPoolOptions,
    placement?: PoolPlacement,
  ): HealthAwarePool {
    this.#requireOpen()
    const { pool, place } = createRegistered(
      { name, given, placement },
      {
        pools: this.#pools,
        primaryOf: (group) =>
          this.#groups.get(group)?.members.find(({ role }) => role === 'primary')?.name,
      },
      this.#defaults,
    )
    this.#pools.set(name, pool)
    const { role, group } = place
    if (role !== undefined) {
      const seats = this.#groups.get(group) ?? new PoolGroup(group, this.#policy)
      this.#groups.set(group, seats)
      seats.add({ name, pool, role, vitals: pool.vitals })
    }
    this.#tellMembership({ name, pool, isMember: true })
    return pool
  }

  /**
   * Takes a pool out at once and ends it, as for a tenant who leaves; its name is free again. Resolves when
   * it has ended; its leased clients have `endTimeoutMs` until then.
   *
   * @throws {OptionsError} when nothing is registered under `name`
   * @throws {PoolClosedError} once the manager is closed
   */
  async deregister(name: string): Promise<void> {
    const pool = this.pool(name)
    this.#pools.delete(name)
    for (const [group, seats] of this.#groups) {
      seats.remove(pool)
      if (seats.members.length === 0) this.#groups.delete(group)
    }
    this.#tellMembership({ name, pool, isMember: false })
    const ending = pool[Symbol.asyncDispose]()
    this.#endings.add(ending)
    try {
      await ending
    } finally {
      this.#endings.delete(ending)
    }
  }

  /**
   * Calls `listener` after each registration and at each deregistration, before the pool ends; not at
   * `close`. For exporters that follow a manager. Returns how to stop that.
   */
  onMembership(listener: MembershipListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  has(name: string): boolean {
    return this.#pools.has(name)
  }

  /** The names in the order of their registration; of one group, those of its pools that have a role. */
  names(group?: string): readonly string[] {
    if (group === undefined) return [...this.#pools.keys()]
    return (this.#groups.get(group)?.members ?? []).map(({ name }) => name)
  }

  /**
   * @throws {OptionsError} when nothing is registered under `name`
   * @throws {PoolClosedError} once the manager is closed
   */
  pool(name: string): HealthAwarePool {
    this.#requireOpen()
    const pool = this.#pools.get(name)
    if (pool !== undefined) return pool
    return new OptionProblems().fail('name', name, oneOf('names', this.#pools))
  }

  /** Runs `use` with a client of the named pool, and gives the client back. Rejects as `pool` throws. */
  async connection<Result>(
    name: string,
    use: (client: pg.PoolClient) => Promise<Result> | Result,
  ): Promise<Result> {
    return withHealthAwareConnection(this.pool(name), use)
  }

  /**
   * The pool of a group that takes writes: the one registered as its primary, until that serves no more or
   * says that it is a standby, and a replica of it says that it was promoted. That one stays it for as long
   * as it serves. Where none takes writes, the latest that did. Asks nobody.
   *
   * @throws {OptionsError} when the group has no primary
   * @throws {PoolClosedError} once the manager is closed
   */
  primary(group: string = 'default'): HealthAwarePool {
    const found = this.#group(group).primary()
    if (found !== undefined) return found.pool
    return new OptionProblems().fail('group', group, 'a group that has a primary')
  }

  /**
   * The replica to read from now: the healthiest, of those the one with the least lag, of those the least
   * busy, of those the next in turn. When none is fit, what `replicaFallback` says. Asks nobody, and builds
   * nothing: to be called for each request rather than kept.
   *
   * @throws {NoReplicaError} when none is fit and `replicaFallback` is `'error'`
   * @throws {OptionsError} when the group is not known
   * @throws {PoolClosedError} once the manager is closed
   */
  replica(group: string = 'default'): HealthAwarePool {
    const found = this.#group(group).replica()
    if (found !== undefined) return found.pool
    return new OptionProblems().fail('group', group, oneOf('groups', this.#groups))
  }

  /** Every pool's snapshot by its name. After `close` it is the last. */
  snapshot(): Readonly<Record<string, PoolSnapshot>> {
    return this.#each((pool) => pool.snapshot())
  }

  /** All pools in one, and how those that have a role stand. */
  overview(): ManagerOverview {
    const standings = [...this.#groups.values()].flatMap((group) => group.standings())
    return { readiness: this.readiness(), ...addUp(Object.values(this.snapshot())), standings }
  }

  /**
   * Ready when all that is needed is: every pool without a role, and of each group whoever takes writes. A
   * replica is needed only where `replicaFallback` is `'error'`, and in a group without a primary: then one
   * of them is.
   */
  readiness(): ManagerReadiness {
    const pools = this.#each((pool) => pool.readiness())
    if (this.#closing !== undefined) return { ready: false, reason: 'closed', pools }
    return judgeReadiness(pools, [...this.#groups.values()], this.#policy)
  }

  /**
   * Ends every pool, those included that others have begun to end, and resolves when all have ended; rejects
   * with whatever failed, after the others have ended. Nothing can be registered or taken from then on. Once:
   * later calls give the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const endings = [...this.#pools.values()].map((pool) => pool[Symbol.asyncDispose]())
    const results = await Promise.allSettled([...endings, ...this.#endings])
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    )
    if (failures.length > 1) throw new AggregateError(failures, 'several pools failed to end')
    if (failures.length > 0) throw failures[0]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #tellMembership(change: MembershipChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (error) {
        process.emitWarning(error as Error) // whoever watches must not stop what it watches
      }
    }
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new PoolClosedError('the manager was closed')
  }

  #group(name: string): PoolGroup {
    this.#requireOpen()
    const group = this.#groups.get(name)
    if (group !== undefined) return group
    return new OptionProblems().fail('group', name, oneOf('groups', this.#groups))
  }

  #each<Result>(read: (pool: HealthAwarePool) => Result): Readonly<Record<string, Result>> {
    return Object.fromEntries([...this.#pools].map(([name, pool]) => [name, read(pool)]))
  }
}

/** Ten names at most: a manager may have thousands. */
function oneOf(what: string, registered: ReadonlyMap<string, unknown>): string {
  const names = [...registered.keys()]
  const more = names.length > 10 ? `, and ${names.length - 10} more` : ''
  return `one of the registered ${what} (${names.slice(0, 10).join(', ') || 'none yet'}${more})`
}
