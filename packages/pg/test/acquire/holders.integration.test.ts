import { AsyncLocalStorage } from 'node:async_hooks'
import { waitFor } from '@hale/testkit'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import {
  AcquireTimeoutError,
  type HealthAwarePool,
  withHealthAwareConnection,
} from '../../src/index.ts'
import { setUpProxiedWorld } from '../proxied-world.ts'

const world = setUpProxiedWorld()

/** Why a caller who holds nothing waits in vain. */
async function whyNobodyIsServed(pool: HealthAwarePool): Promise<AcquireTimeoutError> {
  const error: unknown = await pool.connect().catch((caught: unknown) => caught)
  if (error instanceof AcquireTimeoutError) return error
  throw new Error(`expected an AcquireTimeoutError, got ${error}`)
}

describe('a caller who waits in vain', () => {
  it('is told that all are busy', async () => {
    await using pool = world.createPool({ max: 2 })
    const asSomebodyElse = AsyncLocalStorage.snapshot()
    const clients = await Promise.all([pool.connect(), pool.connect()])
    pool.options.connectionTimeoutMillis = 300 // not for the openings
    const work = clients.map((client) => client.query('select pg_sleep(0.6)'))
    const { reason, counts, holders } = await asSomebodyElse(() => whyNobodyIsServed(pool))
    expect(reason).toBe('busy')
    expect(counts).toMatchObject({ max: 2, leased: 2 })
    expect(holders).toMatchObject([{ isLeaked: false }, { isLeaked: false }])
    await Promise.all(work)
    for (const client of clients) client.release()
  })
  it('is told which leases leaked, and where they began', async () => {
    await using pool = world.createPool({ max: 2, leakDetection: { afterMs: 50 } })
    const forgotten = await Promise.all([forgetful(pool), forgetful(pool)])
    pool.options.connectionTimeoutMillis = 300 // not for the openings
    await waitFor(() => pool.monitor.openIssues().length === 2)
    for (const issue of pool.monitor.openIssues()) {
      expect(issue).toMatchObject({ type: 'connection_leak', severity: 'warning' })
      expect(issue.evidence).toMatchObject({ leasedBy: expect.stringContaining('forgetful (') })
    }
    const error = await whyNobodyIsServed(pool)
    expect(error.reason).toBe('leaked')
    expect(error.message).toContain('holders.integration.test.ts')
    expect(error.holders).toMatchObject([
      { isLeaked: true, leasedBy: expect.stringContaining('forgetful (') },
      { isLeaked: true },
    ])
    for (const client of forgotten) client.release()
    await waitFor(() => pool.monitor.openIssues().every(({ type }) => type !== 'connection_leak'))
  })
  it('is told that the holders wait for this very pool', async () => {
    await using pool = world.createPool({ max: 2 })
    await Promise.all([pool.query('select 1'), pool.query('select 1')])
    pool.options.connectionTimeoutMillis = 400 // not for the openings
    const nested = (): Promise<unknown> =>
      withHealthAwareConnection(pool, async (client) => {
        await client.query('begin')
        await waitFor(() => pool.snapshot().counts.leased === 2)
        return pool.query('select 1')
      }).catch((error: unknown) => error)
    const outcomes = await Promise.all([nested(), nested()])
    // whoever is told first gives up, and the other is served with what that one held
    expect(outcomes).toContainEqual(expect.objectContaining({ reason: 'nested-acquire' }))
    expect(pool.snapshot().counts.leased).toBe(0)
  })
})

describe('a caller with callbacks', () => {
  it('is told as well that it waits for itself', async () => {
    await using pool = world.createPool({ max: 1 })
    await pool.query('select 1')
    pool.options.connectionTimeoutMillis = 200 // not for the opening
    const error = await new Promise((resolve) => {
      pool.connect((_error, _client, release) => {
        void pool.query('select 1', (refusal: Error) => {
          release()
          resolve(refusal)
        })
      })
    })
    expect(error).toMatchObject({ reason: 'nested-acquire' })
  })
})

describe('a leak', () => {
  it('is reclaimed where that is wanted, and the late release is no error', async () => {
    await using pool = world.createPool({
      max: 1,
      leakDetection: { afterMs: 100, reclaim: true },
    })
    const client = await forgetful(pool)
    await client.query('begin')
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect(pool.snapshot().totals).toMatchObject({ reclaimed: 1, recycles: { leaked: 1 } })
    await expect(client.query('commit')).rejects.toThrow()
    client.release()
    expect(() => client.release()).toThrow('already been released')
  })
  it('is not who listens, nor who works', async () => {
    await using pool = world.createPool({ max: 2, leakDetection: { afterMs: 60, reclaim: true } })
    const listener = await pool.connect()
    await listener.query('listen news')
    const worker = await pool.connect()
    await worker.query('select pg_sleep(0.5)')
    expect(pool.snapshot().totals.reclaimed).toBe(0)
    worker.release()
    await listener.query('unlisten news')
    await waitFor(() => pool.snapshot().totals.reclaimed === 1)
    listener.release()
  })
  it('of a transaction is reported with the place that leased it', async () => {
    await using pool = world.createPool({ max: 1 })
    const evidence: unknown[] = []
    pool.monitor.on('issue:raised', ({ issue }) => void evidence.push(issue.evidence))
    const client = await forgetful(pool)
    await client.query('begin')
    client.release()
    expect(evidence).toMatchObject([
      { status: 'T', leasedBy: expect.stringContaining('forgetful (') },
    ])
  })
})

async function forgetful(pool: HealthAwarePool): Promise<pg.PoolClient> {
  return await pool.connect()
}
