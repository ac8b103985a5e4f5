import { describe, expect, it } from 'vitest'
import { PoolWorld } from './pool-world.ts'

describe('a pool that is slow as a whole', () => {
  it('has an issue of the server while that lasts, and blames no connection', () => {
    const pool = new PoolWorld({ connections: 10 })
    pool.traffic(3_000)
    expect(pool.monitor.openIssues()).toEqual([])
    pool.slow(3)
    pool.traffic(1_500)
    expect(pool.monitor.openIssues()).toMatchObject([
      { type: 'server_slow', scope: 'server', severity: 'warning' },
    ])
    const issue = pool.monitor.issueOf('server_slow')
    if (issue?.type === 'server_slow') expect(issue.evidence.ratio).toBeCloseTo(3, 0)
    pool.traffic(3_000)
    pool.slow(1)
    pool.traffic(1_500)
    expect(pool.monitor.openIssues()).toEqual([])
    expect(pool.world.types().filter((type) => type.startsWith('issue:'))).toEqual([
      'issue:raised',
      'issue:cleared',
    ])
    expect(pool.of('replace').concat(pool.of('evict'))).toEqual([])
  })

  it('is critical when it is very slow', () => {
    const pool = new PoolWorld({ connections: 10 })
    pool.traffic(3_000)
    pool.slow(20)
    pool.traffic(1_500)
    expect(pool.monitor.issueOf('server_slow')).toMatchObject({ severity: 'critical' })
  })

  it('is not known to be while there is next to no traffic', () => {
    const pool = new PoolWorld({ connections: 2 })
    pool.traffic(200)
    pool.slow(10)
    for (let minute = 0; minute < 6; minute++) {
      pool.traffic(2)
      pool.sweeps(240)
    }
    expect(pool.monitor.issueOf('server_slow')).toBeUndefined()
  })
})

describe('one slow connection', () => {
  it('is found and replaced in a pool that is otherwise sound, and no other is', () => {
    const pool = new PoolWorld({ connections: 10 })
    pool.traffic(500)
    pool.slow(3, 7)
    pool.traffic(1_000)
    expect(pool.of('replace')).toMatchObject([{ id: 7, cause: 'latency' }])
    pool.traffic(2_000)
    expect(pool.of('replace')).toHaveLength(1)
  })

  it('is found in a pool of two', () => {
    const pool = new PoolWorld({ connections: 2 })
    pool.traffic(500)
    pool.slow(4, 2)
    pool.traffic(2_000)
    expect(pool.of('replace')).toMatchObject([{ id: 2, cause: 'latency' }])
  })

  it('is left alone when it only draws the heavy statements', () => {
    const pool = new PoolWorld({ connections: 8 })
    pool.traffic(2_000, (id) => {
      if (id === 3) pool.serve(3, 500, 'select heavy')
      else pool.serve(id)
    })
    expect(pool.monitor.openIssues()).toEqual([])
    expect(pool.of('pair')).toEqual([])
  })

  it('is nobody in a sound pool', () => {
    const pool = new PoolWorld({ connections: 10 })
    pool.traffic(4_000)
    expect(pool.monitor.openIssues()).toEqual([])
    expect(pool.of('replace').concat(pool.of('evict'))).toEqual([])
  })
})

describe('a connection that nobody would miss', () => {
  it('leaves without a successor when it has been idle for a while', () => {
    const pool = new PoolWorld()
    pool.untilSuspect(1)
    pool.min = 2
    pool.advance(600)
    pool.sweep()
    pool.sweeps(6)
    expect(pool.of('replace')).toEqual([])
    expect(pool.of('evict')).toMatchObject([{ id: 1, cause: 'latency' }])
  })
})

/** A pool of two, the second of which is held and reaches its deadline in 10 s. */
function createHolding({ min, uses }: { min: number; uses: number }): PoolWorld {
  const pool = new PoolWorld({ connections: 2 })
  pool.min = min
  const deadlineAt = pool.now + 10_000
  Object.assign(pool.at(2), { supervisedState: 'leased', uses, deadlineAt })
  return pool
}

describe('deadlines', () => {
  it('have a busy connection replaced shortly before its own', () => {
    const pool = new PoolWorld()
    pool.at(2).deadlineAt = pool.now + 60_000
    pool.traffic(2_900)
    expect(pool.of('replace')).toEqual([])
    pool.traffic(100)
    expect(pool.of('replace')).toMatchObject([{ id: 2, cause: 'lifetime' }])
    expect(pool.of('replace')[0]?.at).toBeLessThanOrEqual(61_000)
  })

  it('let a connection that has served one caller in all its life go without a successor', () => {
    const pool = createHolding({ min: 1, uses: 0 })
    pool.sweeps(39)
    expect(pool.of('evict')).toEqual([])
    pool.sweeps(2)
    expect(pool.of('evict')).toMatchObject([{ id: 2, cause: 'lifetime' }])
    expect(pool.of('replace')).toEqual([])
  })

  it.each([
    { where: 'it is one of the min', min: 2, uses: 0 },
    { where: 'it served others before', min: 1, uses: 1 },
  ])('have its successor open where $where', (held) => {
    const pool = createHolding(held)
    pool.sweeps(41)
    expect(pool.of('replace')[0]).toMatchObject({ id: 2, cause: 'lifetime' })
    expect(pool.of('evict')).toEqual([])
  })

  it('are carried out when only observing, too', () => {
    const pool = new PoolWorld({ health: { mode: 'observe' } })
    pool.at(2).deadlineAt = pool.now + 10_000
    pool.traffic(600)
    expect(pool.of('replace')).toMatchObject([{ id: 2, cause: 'lifetime' }])
  })
})
