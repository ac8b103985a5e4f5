import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { blockViews } from '../../src/state/block-views.ts'
import { FakePool } from '../fake-pool.ts'

function createPool(): FakePool {
  const pool = new FakePool(createFakeClock())
  pool.open(1) // backend 1001
  pool.open(2) // backend 1002
  return pool
}

describe('blockViews', () => {
  it('has a pair that both ends tell of once, with what each knows of the other', () => {
    const pool = createPool()
    const blocker = { pid: 1_001, application: 'shop', statement: 'update t set a = $1' }
    pool.report(2, { blockedByPids: [1_001], blockers: [blocker], blockedMs: 900 })
    pool.report(1, { waiters: [{ pid: 1_002, application: 'jobs', waitingMs: 880 }] })
    expect(blockViews(pool.snapshot().connections)).toEqual([
      {
        waiting: { processId: 1_002, connectionId: 2, applicationName: 'jobs', statement: null },
        holder: {
          processId: 1_001,
          connectionId: 1,
          applicationName: 'shop',
          statement: 'update t set a = ?',
        },
        waitedMs: 880,
      },
    ])
  })
  it('has strangers as well, by what is known of them', () => {
    const pool = createPool()
    pool.report(2, { blockedByPids: [77], blockedMs: 900 })
    expect(blockViews(pool.snapshot().connections)).toMatchObject([
      {
        waiting: { connectionId: 2 },
        holder: { processId: 77, connectionId: null },
        waitedMs: 900,
      },
    ])
  })
  it('is bounded', () => {
    const pool = new FakePool(createFakeClock())
    for (let id = 1; id <= 100; id += 1) {
      pool.open(id)
      pool.report(id, { blockedByPids: Array.from({ length: 16 }, (_, pid) => 5_000 + pid) })
    }
    expect(blockViews(pool.snapshot().connections)).toHaveLength(200)
  })
})
