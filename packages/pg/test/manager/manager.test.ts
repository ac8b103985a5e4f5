import { OptionsError } from '@hale/core'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import {
  HealthAwareConnectionManager,
  HealthAwarePool,
  type ManagerOptions,
} from '../../src/index.ts'

const managers: HealthAwareConnectionManager[] = []
afterEach(async () => {
  for (const manager of managers.splice(0)) await manager.close()
})

function createManager(options?: ManagerOptions): HealthAwareConnectionManager {
  const manager = new HealthAwareConnectionManager(options)
  managers.push(manager)
  return manager
}

/** Each problem as one line; nothing where `act` does not throw. */
function problemsOf(act: () => unknown): readonly string[] {
  try {
    act()
    return []
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    return error.problems.map(({ option, expected }) => `${option}: ${expected}`)
  }
}

const closed = expect.objectContaining({ code: 'HALE_POOL_CLOSED' })
const lazy = { min: 0 }

describe('the options of a manager', () => {
  it('are wrong all at once, the shared ones of its pools included', () => {
    const options = {
      replicaFallback: 'none',
      maxReplicaLagMs: 0,
      maxLag: 1,
      defaults: { max: 0, health: { mode: 'on' }, sentinel: { interval: 1 } },
    }
    expect(problemsOf(() => createManager(options as never))).toEqual([
      "replicaFallback: 'primary' or 'any' or 'error'",
      'maxReplicaLagMs: a number from 1 to 86400000, or false',
      'maxLag: a known option',
      'defaults.max: a whole number of at least 1',
      'defaults.sentinel.interval: a known option, perhaps sentinel.intervalMs',
      "defaults.health.mode: 'enforce' or 'observe'",
    ])
  })
  it('are an object, or nothing', () => {
    expect(problemsOf(() => createManager('primary' as never))).toEqual(['options: an object'])
    expect(problemsOf(() => createManager(undefined))).toEqual([])
  })
  it('lie under those of each pool that is made, and of none that was', () => {
    const manager = createManager({ defaults: { max: 7, application_name: 'shop' } })
    const made = manager.register('made', { application_name: 'acme' })
    expect(made.options).toMatchObject({ max: 7, application_name: 'acme' })
    const given = manager.register('given', new HealthAwarePool({ max: 3 }))
    expect(given.options.max).toBe(3)
    expect(given.options.application_name).toBeUndefined()
  })
})

describe('a registration', () => {
  it('tells everything that is wrong with it at once, and leaves nothing behind', () => {
    const manager = createManager()
    manager.register('shop', { role: 'primary' })
    const wrong = { role: 'primary', max: -1, health: { mode: 'on' } } as never
    expect(problemsOf(() => manager.register('shop', wrong))).toEqual([
      'name: a name that is not registered yet',
      'role: one primary in group default, which is shop',
      'max: a whole number of at least 1',
      "health.mode: 'enforce' or 'observe'",
    ])
    expect(
      problemsOf(() => manager.register('b', { role: 'standby', group: '' } as never)),
    ).toEqual(["role: 'primary' or 'replica'", 'group: a text that is not empty'])
    expect(manager.names()).toEqual(['shop'])
  })
  it('takes no pool that is none of ours, and none twice', () => {
    const manager = createManager()
    const expected = ['options: a HealthAwarePool, or a plain object of its options']
    for (const other of [new pg.Pool(), undefined, 'postgresql://', null]) {
      expect(problemsOf(() => manager.register('other', other as never))).toEqual(expected)
    }
    const pool = manager.register('one', {})
    expect(problemsOf(() => manager.register('two', pool))).toEqual([
      'pool: a pool that is not registered yet',
    ])
  })
  it('keeps role and group from the pool', () => {
    const pool = createManager().register('a', { role: 'replica', group: 'acme', ...lazy })
    expect(Object.keys(pool.options)).not.toEqual(expect.arrayContaining(['role']))
    expect(Object.keys(pool.options)).not.toEqual(expect.arrayContaining(['group']))
  })
  it('gives a role to the name primary, and to no other by itself', () => {
    const manager = createManager()
    const primary = manager.register('primary', {})
    manager.register('reports', {})
    expect(manager.primary()).toBe(primary)
    expect(manager.names('default')).toEqual(['primary'])
  })
  it('takes the role of a pool that there is from its third argument', () => {
    const manager = createManager()
    const pool = new HealthAwarePool()
    manager.register('shop', new HealthAwarePool(), { role: 'primary', group: 'acme' })
    manager.register('copy', pool, { role: 'replica', group: 'acme' })
    expect(manager.replica('acme')).toBe(pool)
    expect(manager.names('acme')).toEqual(['shop', 'copy'])
  })
  it('has a replica keep a connection, unless it or all are told otherwise', () => {
    const register = (options: object, defaults = {}): number | undefined =>
      createManager({ defaults }).register('copy', { role: 'replica', ...options }).options.min
    expect([register({}), register(lazy), register({}, lazy), register({ min: 2 })]).toEqual([
      1, 0, 0, 2,
    ])
    expect(createManager().register('shop', { role: 'primary' }).options.min).toBe(0)
  })
  it('has the role say which of several servers to take', () => {
    const manager = createManager({ defaults: lazy })
    const several = { hosts: [{ host: 'a.invalid' }, { host: 'b.invalid' }] }
    const wanted = (name: string, options: object): unknown =>
      (manager.register(name, options).options as { targetSessionAttrs?: unknown })
        .targetSessionAttrs
    expect(wanted('primary', several)).toBe('read-write')
    expect(wanted('a', { role: 'replica', ...several })).toBe('standby')
    expect(wanted('b', { role: 'replica', ...several, targetSessionAttrs: 'any' })).toBe('any')
    expect(wanted('c', { role: 'replica', hosts: [{ host: 'a.invalid' }] })).toBeUndefined()
    expect(wanted('d', several)).toBeUndefined()
  })
})

describe('what was not registered', () => {
  it('is told with what was', () => {
    const manager = createManager({ defaults: lazy })
    expect(problemsOf(() => manager.pool('shop'))).toEqual([
      'name: one of the registered names (none yet)',
    ])
    for (let index = 0; index < 12; index += 1) {
      manager.register(`${index}`, { role: 'replica', group: `tenant-${index % 2}` })
    }
    expect(problemsOf(() => manager.pool('shop'))).toEqual([
      'name: one of the registered names (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, and 2 more)',
    ])
    expect(problemsOf(() => manager.replica('tenant'))).toEqual([
      'group: one of the registered groups (tenant-0, tenant-1)',
    ])
    expect(problemsOf(() => manager.primary('tenant-1'))).toEqual([
      'group: a group that has a primary',
    ])
  })
})

describe('groups', () => {
  it('choose among their own, and managers know nothing of each other', () => {
    const one = createManager({ defaults: lazy })
    const two = createManager({ defaults: lazy })
    const pools = [one, two].flatMap((manager) =>
      ['acme', 'globex'].flatMap((group) => [
        manager.register(`${group}/primary`, { role: 'primary', group }),
        manager.register(`${group}/replica`, { role: 'replica', group }),
      ]),
    )
    const found = [one, two].flatMap((manager) =>
      ['acme', 'globex'].flatMap((group) => [manager.primary(group), manager.replica(group)]),
    )
    expect(found).toEqual(pools)
    expect(new Set(found).size).toBe(8)
  })
  it('are gone with their last pool, whose name is free again', async () => {
    const manager = createManager({ defaults: lazy })
    const pool = manager.register('acme/primary', { role: 'primary', group: 'acme' })
    const leaving = manager.deregister('acme/primary')
    expect([manager.has('acme/primary'), pool.ending]).toEqual([false, true])
    expect(problemsOf(() => manager.primary('acme'))).toEqual([
      'group: one of the registered groups (none yet)',
    ])
    expect(manager.register('acme/primary', { role: 'primary', group: 'acme' })).not.toBe(pool)
    await leaving
    await expect(manager.deregister('globex')).rejects.toThrow(/one of the registered names/)
  })
})

describe('the readiness of a manager', () => {
  it('is that of every pool without a role, and of the primary; replicas go by the fallback', async () => {
    const manager = createManager({ defaults: lazy })
    const primary = manager.register('primary', {})
    const replica = manager.register('replica', { role: 'replica' })
    const reports = manager.register('reports', {})
    expect(manager.readiness()).toMatchObject({ ready: true, reason: 'ready' })
    await replica.end()
    expect(manager.readiness()).toMatchObject({
      ready: true,
      pools: { replica: { ready: false, reason: 'closed' } },
    })
    expect(manager.replica()).toBe(primary)
    await reports.end()
    expect(manager.readiness()).toMatchObject({ ready: false, reason: 'closed' })
    await manager.deregister('reports')
    expect(manager.readiness().ready).toBe(true)
    await primary.end()
    expect(manager.readiness()).toMatchObject({ ready: false, reason: 'closed' })
  })
  it('needs one replica where reads have nowhere else to go', async () => {
    for (const [replicaFallback, primary] of [
      ['error', true],
      ['primary', false],
    ] as const) {
      const manager = createManager({ defaults: lazy, replicaFallback })
      if (primary) manager.register('primary', {})
      const replicas = ['a', 'b'].map((name) => manager.register(name, { role: 'replica' }))
      await replicas[0]?.end()
      expect(manager.readiness().ready).toBe(true)
      await replicas[1]?.end()
      expect(manager.readiness()).toMatchObject({ ready: false, reason: 'closed' })
    }
  })
  it('is that of nothing at first', () => {
    expect(createManager().readiness()).toEqual({ ready: true, reason: 'ready', pools: {} })
  })
})

describe('the overview of a manager', () => {
  it('adds up its pools, and says how each stands that has a role', () => {
    const manager = createManager({ defaults: { ...lazy, max: 4 } })
    manager.register('primary', {})
    manager.register('replica', { role: 'replica' })
    manager.register('reports', { max: 2 })
    const overview = manager.overview()
    expect(overview).toMatchObject({
      readiness: { ready: true },
      counts: { max: 10, total: 0, waiting: 0 },
      issues: { info: 0, warning: 0, critical: 0 },
    })
    expect(JSON.parse(JSON.stringify(overview.standings))).toEqual([
      {
        name: 'primary',
        group: 'default',
        role: 'primary',
        countsAs: 'primary',
        isServing: true,
        isBehind: false,
        loadRatio: 0,
      },
      {
        name: 'replica',
        group: 'default',
        role: 'replica',
        countsAs: 'replica',
        isServing: true,
        isBehind: false,
        loadRatio: 0,
      },
    ])
  })
})

describe('a manager that is closed', () => {
  it('refuses whatever is asked of it, says so in its readiness, and closes once', async () => {
    const manager = createManager({ defaults: lazy })
    const pool = manager.register('primary', {})
    const closing = manager.close()
    expect(manager.close()).toBe(closing)
    for (const act of [
      () => manager.register('late', {}),
      () => manager.pool('primary'),
      () => manager.primary(),
      () => manager.replica(),
    ]) {
      expect(act).toThrow(closed)
    }
    await expect(manager.connection('primary', () => 1)).rejects.toEqual(closed)
    await expect(manager.deregister('primary')).rejects.toEqual(closed)
    await closing
    expect(pool.ended).toBe(true)
    expect(manager.readiness()).toMatchObject({ ready: false, reason: 'closed' })
    expect(manager.snapshot()['primary']?.counts.total).toBe(0)
  })
  it('without a pool is closed all the same', async () => {
    const manager = createManager()
    await manager.close()
    expect(manager.readiness()).toEqual({ ready: false, reason: 'closed', pools: {} })
  })
  it('has ended the others when one fails to, and tells what failed', async () => {
    const manager = new HealthAwareConnectionManager()
    const failing = manager.register('failing', {})
    const failure = new Error('no end')
    const end = failing.end.bind(failing)
    failing.end = () => Promise.reject(failure)
    const other = manager.register('other', {})
    await expect(manager.close()).rejects.toBe(failure)
    expect(other.ended).toBe(true)
    await end()
  })
})
