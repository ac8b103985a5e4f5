import { hasMethods } from '../options/has-methods.ts'
import { OptionProblems } from '../options/option-problems.ts'
import type { WatchedPool } from './watched-pool.ts'

/** What exporters need of a manager of pools that come and go; a `HealthAwareConnectionManager` is one. */
export interface WatchedManager {
  names(): readonly string[]
  pool(name: string): WatchedPool
  /** Tells of each pool after it was registered, and as it leaves; returns how to stop that. */
  onMembership(
    listener: (change: {
      readonly name: string
      readonly pool: WatchedPool
      readonly isMember: boolean
    }) => void,
  ): () => void
}

/** What is watched: one pool, several by their names, or those of a manager, whichever it has at the time. */
export type WatchedPools = WatchedPool | Readonly<Record<string, WatchedPool>> | WatchedManager

/** Pools that are being watched, by their names. */
export interface Watch<Pool extends WatchedPool = WatchedPool> {
  /** Those there are now, in the order in which they came. */
  entries(): Iterable<readonly [name: string, pool: Pool]>
  /** Undoes every `join`. Once: later calls do nothing. */
  stop(): void
}

/**
 * Calls `join` for each pool that there is and, of a manager, for each that comes; calls what `join` gave back
 * when that pool leaves, or at `stop`.
 *
 * @throws {OptionsError} when `pools` is nothing that can be watched
 */
export function watchPools(
  pools: WatchedPools,
  join: (name: string, pool: WatchedPool) => () => void = () => () => {},
): Watch {
  const joined = new Map<string, { readonly pool: WatchedPool; readonly leave: () => void }>()
  const add = (name: string, pool: WatchedPool): void => {
    joined.set(name, { pool, leave: join(name, pool) })
  }
  const remove = (name: string): void => {
    joined.get(name)?.leave()
    joined.delete(name)
  }
  const unfollow = follow(pools, add, remove)
  return {
    *entries() {
      for (const [name, { pool }] of joined) yield [name, pool] as const
    },
    stop() {
      unfollow()
      for (const name of [...joined.keys()]) remove(name)
    },
  }
}

/**
 * What a pool is called that nobody named: `host:port/database`, as OpenTelemetry's semantic conventions
 * have it. Has no user and no password.
 */
export function defaultPoolName({ target: { host, port, database } }: WatchedPool): string {
  return database === undefined ? `${host}:${port}` : `${host}:${port}/${database}`
}

function follow(
  pools: WatchedPools,
  add: (name: string, pool: WatchedPool) => void,
  remove: (name: string) => void,
): () => void {
  if (isManager(pools)) {
    for (const name of pools.names()) add(name, pools.pool(name))
    return pools.onMembership(({ name, pool, isMember }) => {
      if (isMember) add(name, pool)
      else remove(name)
    })
  }
  const named = isPool(pools) ? [[defaultPoolName(pools), pools] as const] : entriesOf(pools)
  const problems = new OptionProblems()
  for (const [name, pool] of named) {
    if (!isPool(pool)) problems.add(`pools.${name}`, pool, 'a HealthAwarePool')
  }
  problems.throwIfAny()
  for (const [name, pool] of named) add(name, pool)
  return () => {}
}

function entriesOf(
  pools: Readonly<Record<string, WatchedPool>>,
): readonly (readonly [string, WatchedPool])[] {
  if (typeof pools === 'object' && pools !== null) return Object.entries(pools)
  const expected = 'a HealthAwarePool, an object of them by name, or a HealthAwareConnectionManager'
  return new OptionProblems().fail('pools', pools, expected)
}

function isManager(pools: WatchedPools): pools is WatchedManager {
  return typeof pools === 'object' && hasMethods(pools, ['names', 'pool', 'onMembership'])
}

function isPool(pools: unknown): pools is WatchedPool {
  if (typeof pools !== 'object' || pools === null) return false
  return 'monitor' in pools && hasMethods(pools, ['snapshot'])
}
