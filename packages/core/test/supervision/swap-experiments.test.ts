import { describe, expect, it } from 'vitest'
import { connectionFault, PoolWorld } from './pool-world.ts'

/** A pool in which a slow connection was just replaced by one that is as slow, or by a sound one. */
function afterSwap(isSlotSlow: boolean): PoolWorld {
  const pool = new PoolWorld({ health: { mode: 'observe' } })
  pool.isSlotSlow = isSlotSlow
  pool.untilSuspect(1)
  pool.replace(1, 'latency')
  return pool
}

describe('a swap', () => {
  it('is judged only after its replacement has run for a while', () => {
    const pool = afterSwap(false)
    pool.traffic(100)
    expect(pool.supervisor.learning.shift).toMatchObject({ swaps: 0, pending: 1 })
    pool.traffic(300)
    expect(pool.supervisor.learning.shift).toMatchObject({ swaps: 1, helped: 1, pending: 0 })
  })

  it('that helps adds to the trust in the channel that asked for it, and in no other', () => {
    const before = new PoolWorld().supervisor.learning
    const pool = afterSwap(false)
    pool.traffic(400)
    const { shift, ...others } = pool.supervisor.learning
    expect(shift.trust).toBeGreaterThan(before.shift.trust)
    expect(shift.limitFactor).toBe(1)
    const { shift: _, ...othersBefore } = before
    expect(others).toEqual(othersBefore)
  })

  it('that does not help lowers the trust', () => {
    const before = new PoolWorld().supervisor.learning
    const pool = afterSwap(true)
    pool.traffic(400)
    const { shift } = pool.supervisor.learning
    expect(shift).toMatchObject({ swaps: 1, helped: 0, pending: 0 })
    expect(shift.trust).toBeLessThan(before.shift.trust)
  })

  it('that does not help makes no difference once, but raises the limit after several', () => {
    const pool = afterSwap(true)
    pool.traffic(400)
    const factors = [pool.supervisor.learning.shift.limitFactor]
    for (let swap = 0; swap < 12; swap++) {
      const slowId = Math.max(...pool.ids)
      pool.replace(slowId, 'latency')
      pool.traffic(260)
      factors.push(pool.supervisor.learning.shift.limitFactor)
    }
    expect(factors[0]).toBe(1)
    expect(factors.at(-1)).toBeGreaterThan(1)
    expect(factors).toEqual(factors.toSorted((a, b) => a - b))
    expect(pool.monitor.detector.shift.trustFactor).toBe(factors.at(-1))
  })

  it('for faults is judged by faults', () => {
    const pool = new PoolWorld({ health: { mode: 'observe' } })
    pool.traffic(200, (id) => {
      if (id === 1) pool.fail(1, connectionFault)
      pool.serve(id)
    })
    pool.replace(1, 'faults')
    pool.traffic(300)
    expect(pool.supervisor.learning.error).toMatchObject({ swaps: 1, helped: 1 })
  })

  it('of what was dead is judged as well', () => {
    const pool = new PoolWorld()
    pool.traffic(40)
    pool.replace(1, 'unresponsive')
    pool.traffic(300)
    expect(pool.supervisor.learning.liveness).toMatchObject({ swaps: 1, helped: 1 })
  })

  it('that was only planned is no experiment', () => {
    const pool = new PoolWorld()
    pool.traffic(40)
    pool.replace(1, 'lifetime')
    const pending = Object.values(pool.supervisor.learning).map((record) => record.pending)
    expect(pending).toEqual([0, 0, 0, 0, 0])
  })

  it('is no experiment any more once its replacement is gone', () => {
    const pool = afterSwap(true)
    pool.traffic(20)
    pool.evict(Math.max(...pool.ids), 'lost')
    pool.traffic(20)
    expect(pool.supervisor.learning.shift).toMatchObject({ swaps: 0, pending: 0 })
  })

  it('is told as a copy', () => {
    const pool = afterSwap(true)
    const before = pool.supervisor.learning
    pool.traffic(400)
    expect(before.shift.pending).toBe(1)
  })
})
