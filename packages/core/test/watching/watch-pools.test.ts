import { describe, expect, it } from 'vitest'
import { OptionsError } from '../../src/errors.ts'
import {
  defaultPoolName,
  type WatchedManager,
  type WatchedPools,
  watchPools,
} from '../../src/watching/watch-pools.ts'
import type { WatchedPool } from '../../src/watching/watched-pool.ts'

function createPool(database: string): WatchedPool {
  const target = { host: 'db.internal', port: 5432, database }
  return { monitor: {}, options: { max: 1, min: 0 }, target, snapshot: () => ({}) } as never
}

/** Pools that come and go, as those of a HealthAwareConnectionManager. */
function createManager(...names: readonly string[]) {
  const pools = new Map(names.map((name) => [name, createPool(name)]))
  const listeners = new Set<Parameters<WatchedManager['onMembership']>[0]>()
  const tell = (name: string, pool: WatchedPool, isMember: boolean): void => {
    for (const listener of listeners) listener({ name, pool, isMember })
  }
  return {
    listeners,
    names: () => [...pools.keys()],
    pool: (name: string) => pools.get(name) as WatchedPool,
    onMembership: (listener: Parameters<WatchedManager['onMembership']>[0]) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    register: (name: string) => tell(name, createPool(name), true),
    deregister: (name: string) => tell(name, pools.get(name) ?? createPool(name), false),
  }
}

function record(pools: WatchedPools) {
  const told: string[] = []
  const watch = watchPools(pools, (name) => {
    told.push(`+${name}`)
    return () => told.push(`-${name}`)
  })
  return { told, watch, names: () => [...watch.entries()].map(([name]) => name) }
}

describe('watchPools', () => {
  it('names a pool that nobody named after where it leads', () => {
    const { names } = record(createPool('shop'))
    expect(names()).toEqual(['db.internal:5432/shop'])
    expect(defaultPoolName(createPool('shop'))).toBe('db.internal:5432/shop')
  })
  it('takes several pools by their names', () => {
    const { told } = record({ orders: createPool('a'), reports: createPool('b') })
    expect(told).toEqual(['+orders', '+reports'])
  })
  it('follows a manager', () => {
    const manager = createManager('acme')
    const { told, names } = record(manager)
    manager.register('globex')
    manager.deregister('acme')
    expect(told).toEqual(['+acme', '+globex', '-acme'])
    expect(names()).toEqual(['globex'])
  })
  it('leaves every pool and the manager when it stops, once', () => {
    const manager = createManager('acme')
    const { told, watch, names } = record(manager)
    watch.stop()
    watch.stop()
    manager.register('globex')
    expect(told).toEqual(['+acme', '-acme'])
    expect(names()).toEqual([])
    expect(manager.listeners.size).toBe(0)
  })
  it('names what is no pool, and joins none', () => {
    const told: string[] = []
    const pools = { orders: createPool('a'), reports: 'postgres://ann:hush@db/x', stock: 1 }
    expect(() => watchPools(pools as never, (name) => () => told.push(name))).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ option: 'pools.reports', expected: 'a HealthAwarePool' }),
          expect.objectContaining({ option: 'pools.stock', value: '1' }),
        ],
      }),
    )
    expect(told).toEqual([])
  })
  it.each([undefined, null, 'shop', 7])('refuses %s', (pools) => {
    expect(() => watchPools(pools as never)).toThrow(OptionsError)
  })
})
