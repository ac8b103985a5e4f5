import { describe, expect, it } from 'vitest'
import { unresponsive } from '../../src/index.ts'
import { connectionFault, PoolWorld } from './pool-world.ts'

/** Makes a connection doubtful, though not a suspect. */
function doubt(pool: PoolWorld, id: number): void {
  pool.at(id).metrics.duels.shift = pool.monitor.detector.shift.limit * 0.6
}

/** Opens an issue that degrades a connection and that nothing but the test ends. */
function degrade(pool: PoolWorld, id: number): void {
  pool.monitor.sight({ ...unresponsive(1_000, 'probe'), severity: 'warning' }, id)
}

describe('probing', () => {
  it('asks connections that were silent for the interval, and then leaves them for as long', () => {
    const pool = new PoolWorld({ connections: 2 })
    pool.sweep()
    pool.sweeps(18)
    expect(pool.of('probe')).toEqual([])
    pool.sweeps(4)
    expect(pool.idsOf('probe').toSorted()).toEqual([1, 2])
    pool.sweeps(16)
    expect(pool.of('probe')).toHaveLength(2)
    pool.sweeps(6)
    expect(pool.of('probe')).toHaveLength(4)
  })

  it('leaves alone what serves callers', () => {
    const pool = new PoolWorld({ connections: 3 })
    pool.traffic(400)
    pool.lease(1)
    pool.sweeps(18)
    expect(pool.of('probe')).toEqual([])
    pool.sweeps(8)
    expect(pool.idsOf('probe')).not.toContain(1)
  })

  it('asks the doubtful often, and the others not at all while they are heard of', () => {
    const pool = new PoolWorld({ connections: 4 })
    pool.sweep()
    for (let sweep = 0; sweep < 12; sweep++) {
      doubt(pool, 3)
      pool.sweeps(1)
    }
    expect(new Set(pool.idsOf('probe'))).toEqual(new Set([3]))
    expect(pool.of('probe').length).toBeGreaterThanOrEqual(4)
    expect(pool.of('probe').length).toBeLessThanOrEqual(7)
  })

  it('asks often where faults speak against a connection', () => {
    const pool = new PoolWorld({ connections: 4 })
    pool.traffic(40)
    pool.fail(2, connectionFault)
    pool.sweep()
    pool.sweeps(8)
    expect(pool.idsOf('probe')).toContain(2)
  })

  it('asks often what was degraded in the latest sweep', () => {
    const pool = new PoolWorld({ connections: 4 })
    degrade(pool, 4)
    pool.sweep()
    pool.sweeps(8)
    expect(new Set(pool.idsOf('probe'))).toEqual(new Set([4]))
  })

  it('asks the doubtful before the silent', () => {
    const pool = new PoolWorld({ connections: 20 })
    pool.advance(60_000)
    doubt(pool, 17)
    pool.sweep()
    expect(pool.idsOf('probe')).toEqual([17])
  })

  it.each([
    [1, 1],
    [3, 1],
    [20, 1],
    [40, 2],
    [100, 5],
  ])('asks of %i connections no more than %i per sweep', (connections, budget) => {
    const pool = new PoolWorld({ connections })
    pool.advance(60_000)
    pool.sweep()
    expect(pool.of('probe')).toHaveLength(budget)
    pool.sweeps(1)
    expect(pool.of('probe')).toHaveLength(Math.min(connections, 2 * budget))
  })

  it('comes round to everybody', () => {
    const pool = new PoolWorld({ connections: 20 })
    pool.advance(60_000)
    pool.sweep()
    pool.sweeps(20)
    expect(new Set(pool.idsOf('probe')).size).toBe(20)
  })

  it('asks nothing of a connection that is being confirmed', () => {
    const pool = new PoolWorld({ connections: 6 })
    pool.untilSuspect(1)
    pool.lease(1)
    pool.sweep()
    expect(pool.at(1).metrics.duels.isBeingConfirmed).toBe(true)
    pool.sweeps(8)
    expect(pool.idsOf('probe')).not.toContain(1)
  })

  it('asks nothing of a connection that is away or leaves', () => {
    const pool = new PoolWorld({ connections: 3 })
    pool.at(1).supervisedState = 'away'
    pool.at(2).isLeaving = true
    pool.advance(60_000)
    pool.sweep()
    pool.sweeps(4)
    expect(new Set(pool.idsOf('probe'))).toEqual(new Set([3]))
  })

  it('asks only the doubtful when probing for silence is off', () => {
    const pool = new PoolWorld({ connections: 3, health: { probeIntervalMs: false } })
    pool.advance(3_600_000)
    doubt(pool, 2)
    pool.sweep()
    pool.sweeps(8)
    expect(new Set(pool.idsOf('probe'))).toEqual(new Set([2]))
  })

  it('asks a doubtful connection that is lent as soon as it is back', () => {
    const pool = new PoolWorld({ connections: 3 })
    doubt(pool, 2)
    pool.lease(2)
    pool.sweep()
    const { probes } = pool.at(2).metrics
    expect(pool.idsOf('probe')).toEqual([2])
    pool.release(2)
    pool.advance(10)
    expect(pool.at(2).metrics.probes).toBe(probes + 1)
  })

  it('goes on asking the silent while a degraded connection is lent for long', () => {
    const pool = new PoolWorld({ connections: 6 })
    degrade(pool, 2)
    pool.lease(2)
    pool.sweep()
    pool.sweeps(80)
    expect(new Set(pool.idsOf('probe'))).toEqual(new Set([1, 2, 3, 4, 5, 6]))
  })

  it('lets the probes of a slow connection make it a suspect without any traffic', () => {
    const pool = new PoolWorld({ connections: 6 })
    pool.slow(30, 4)
    pool.sweep()
    pool.sweeps(1_200)
    expect(pool.of('replace').concat(pool.of('evict'))).toMatchObject([{ id: 4, cause: 'latency' }])
  })
})
