import type { WatchedPools } from '@hale/core'
import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { PoolsFeed } from '../../src/feed/pools-feed.ts'
import type { DashboardDelta, DashboardState } from '../../src/index.ts'
import { applyDelta } from '../apply-delta.ts'
import { FakePool } from '../fake-pool.ts'

type Listener = (change: { name: string; pool: FakePool; isMember: boolean }) => void

/** A manager whose pools a test adds and removes. */
class FakeManager {
  readonly pools = new Map<string, FakePool>()
  #tell: Listener = () => {}

  names(): readonly string[] {
    return [...this.pools.keys()]
  }
  pool(name: string): FakePool {
    const pool = this.pools.get(name)
    if (pool === undefined) throw new Error(`no pool ${name}`)
    return pool
  }
  onMembership(listener: Listener): () => void {
    this.#tell = listener
    return () => {
      this.#tell = () => {}
    }
  }
  add(name: string, pool: FakePool): void {
    this.pools.set(name, pool)
    this.#tell({ name, pool, isMember: true })
  }
  remove(name: string): void {
    const pool = this.pool(name)
    this.pools.delete(name)
    this.#tell({ name, pool, isMember: false })
  }
}

function createWorld(pools: (clock: ReturnType<typeof createFakeClock>) => WatchedPools) {
  const clock = createFakeClock(1_000_000)
  const deltas: string[] = []
  const feed: PoolsFeed = new PoolsFeed(pools(clock), clock, {
    intervalMs: 2_000,
    capacity: 100,
    onLook: (delta) => deltas.push(delta()),
  })
  const state = (): DashboardState => JSON.parse(feed.state())
  /** The deltas since the last call. */
  const take = (): DashboardDelta[] => deltas.splice(0).map((each) => JSON.parse(each))
  return { clock, feed, state, take }
}

function createSingle() {
  let pool: FakePool | undefined
  const world = createWorld((clock) => {
    pool = new FakePool(clock)
    return { main: pool }
  })
  return { ...world, pool: pool as unknown as FakePool }
}

describe('a state', () => {
  it('shows the pool at the latest look, and nothing later', () => {
    const { clock, pool, state } = createSingle()
    pool.open(1)
    expect(state().pools['main']?.connections).toEqual([])
    clock.advance(2_000)
    expect(state()).toMatchObject({
      version: 1,
      at: 1_002_000,
      pools: {
        main: {
          target: { host: 'db.example', port: 5432, database: 'shop' },
          connections: [{ connectionId: 1, processId: 1_001, status: 'unknown', score: null }],
          timeline: [{ kind: 'opened', connectionId: 1 }],
          series: { at: [1_002_000] },
        },
      },
    })
  })
  it('has rates of the time that has passed, not of the interval', () => {
    const { clock, pool, state } = createSingle()
    pool.open(1)
    pool.run(1, ...new Array<number>(40).fill(5))
    clock.freeze(4_000) // the process stood still: the timer is late
    clock.flush()
    const { series } = state().pools['main'] ?? {}
    expect(series).toMatchObject({ statementsPerSecond: [10], meanMs: [5], p95Ms: [5] })
  })
  it('shows issues, open ones first, with their explanation and in wall time', () => {
    const { clock, pool, state } = createSingle()
    pool.open(1)
    const stalePlan = { scope: 'connection', severity: 'critical', evidence: { sqlState: '0A000' } }
    pool.monitor.sight({ type: 'stale_plan', ...stalePlan } as never, 1)
    clock.advance(100)
    pool.monitor.clear('stale_plan', 1)
    const full = { scope: 'pool', severity: 'warning', evidence: { waiting: 1, leased: 2, max: 2 } }
    pool.monitor.sight({ type: 'pool_exhaustion', ...full } as never)
    clock.advance(2_000)
    expect(state().pools['main']?.issues).toMatchObject([
      { type: 'pool_exhaustion', connectionId: null, clearedAt: null, detectedAt: 1_000_100 },
      { type: 'stale_plan', connectionId: 1, detectedAt: 1_000_000, clearedAt: 1_000_100 },
    ])
    expect(state().pools['main']?.issues[1]?.explanation).toContain('(0A000)')
  })
  it('costs one snapshot of each pool per interval, however often it is asked for', () => {
    const { clock, pool, state } = createSingle()
    const before = pool.snapshots
    for (let asked = 0; asked < 100; asked += 1) state()
    clock.advance(20_000)
    expect(pool.snapshots - before).toBe(10)
  })
})

describe('deltas', () => {
  it('bring a viewer to the state that others are sent', () => {
    const { clock, pool, feed, state, take } = createSingle()
    let seen = state()
    const steps = [
      () => pool.open(1),
      () => pool.run(1, 3, 4),
      () => pool.evict(1, 'lost'),
      () => pool.open(2),
      () => {},
      () => feed.operated('main', 'Somebody did something.', 2),
      () => pool.monitor.publish({ type: 'breaker:opened', at: clock.now(), failures: 5 }),
    ]
    for (let round = 0; round < 40; round += 1) {
      steps[round % steps.length]?.()
      if (round % 3 === 0) clock.advance(500)
      clock.advance(1_500)
      for (const delta of take()) seen = applyDelta(seen, delta)
      expect(seen).toEqual(state())
    }
    expect(seen.pools['main']?.timeline.length).toBeGreaterThan(20)
  })
  it('hold nothing but their instant and the sample of a pool in which nothing happens', () => {
    const { clock, take } = createSingle()
    clock.advance(4_000)
    const [, second] = take()
    expect(Object.keys(second?.pools['main'] ?? {})).toEqual(['series'])
    expect(second?.pools['main']?.series?.at).toEqual([1_004_000])
  })
  it('tell again of an entry that got a sequel', () => {
    const { clock, pool, take } = createSingle()
    pool.open(1)
    pool.evict(1, 'lost')
    clock.advance(2_000)
    take()
    pool.open(2)
    clock.advance(2_000)
    const [delta] = take()
    expect(delta?.pools['main']?.timeline).toMatchObject([
      { id: 3, kind: 'opened' },
      { id: 2, kind: 'evicted', successorId: 2 },
    ])
  })
  it('come at once after an operator did something', () => {
    const { clock, feed, take } = createSingle()
    clock.advance(2_000)
    take()
    feed.operated('main', 'Ann had connection 1 replaced.', 1)
    const [delta] = take()
    expect(delta?.pools['main']).toMatchObject({
      timeline: [{ kind: 'operator', connectionId: 1, text: 'Ann had connection 1 replaced.' }],
    })
    expect(delta?.pools['main']?.series).toBeUndefined()
  })
  it('survive a pool that cannot be looked at', () => {
    const { clock, pool, state, take } = createSingle()
    pool.open(1)
    clock.advance(2_000)
    let seen = state()
    take()
    pool.broken = true
    clock.advance(2_000)
    pool.broken = false
    pool.open(2)
    clock.advance(2_000)
    for (const delta of take()) seen = applyDelta(seen, delta)
    expect(seen).toEqual(state())
  })
})

describe('the pools of a manager', () => {
  it('come and go, and one that takes a name is told of after the other has left', () => {
    const manager = new FakeManager()
    const { clock, state, take } = createWorld(() => manager)
    expect(state().pools).toEqual({})
    const first = new FakePool(clock)
    first.open(1)
    manager.add('__proto__', first)
    clock.advance(2_000)
    let seen = take().reduce(applyDelta, { version: 1, at: 0, pools: {} } as DashboardState)
    expect(Object.keys(seen.pools)).toEqual(['__proto__'])
    manager.remove('__proto__')
    manager.add('__proto__', new FakePool(clock))
    clock.advance(2_000)
    seen = take().reduce(applyDelta, seen)
    expect(seen.pools).toEqual({})
    clock.advance(2_000)
    seen = take().reduce(applyDelta, seen)
    expect(seen).toEqual(state())
    expect(Object.entries(seen.pools)[0]?.[1].timeline).toEqual([])
  })
  it('are left alone once the feed is stopped', () => {
    const manager = new FakeManager()
    const { clock, feed } = createWorld(() => manager)
    const pool = new FakePool(clock)
    manager.add('a', pool)
    feed.stop()
    const { snapshots } = pool
    clock.advance(60_000)
    manager.add('b', pool)
    expect(pool.snapshots).toBe(snapshots)
    expect(pool.monitor.eventNames()).toEqual([])
    expect(clock.pending).toBe(0)
  })
})
