import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { delay, muffled, soon, untilIssue, untilWatching } from './sentinel-parts.ts'

let server: TestPostgres
const pools: HealthAwarePool[] = []
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())))

async function createPool(options: HealthAwarePoolOptions = {}): Promise<HealthAwarePool> {
  const pool = new HealthAwarePool({
    connectionString: server.connectionString,
    ...soon,
    leakDetection: { callSites: 'always' },
    ...options,
  })
  pools.push(pool)
  await pool.query('select 1')
  await untilWatching(pool)
  return pool
}

describe('a wait between two pools of this process', () => {
  let shop: HealthAwarePool
  let billing: HealthAwarePool
  beforeEach(async () => {
    shop = await createPool({ application_name: 'shop' })
    billing = await createPool({ application_name: 'billing' })
    await shop.query('create table if not exists stock (id int primary key, count int)')
    await shop.query('insert into stock values (1, 1) on conflict do nothing')
  })

  function reserveStock(): Promise<pg.PoolClient> {
    return shop.connect()
  }
  function chargeCard(): Promise<pg.PoolClient> {
    return billing.connect()
  }

  it('names where both of them were leased, on both sides', async () => {
    const blocking = await reserveStock()
    await blocking.query('begin')
    await blocking.query('update stock set count = 2')
    const blocked = await chargeCard()
    const wait = muffled(blocked.query('update stock set count = 3'))
    const ofBlocked = await untilIssue(billing, 'blocked')
    const ofBlocking = await untilIssue(shop, 'blocking')
    expect(ofBlocked.evidence).toMatchObject({
      leasedBy: expect.stringContaining('chargeCard'),
      blockers: [
        {
          application: 'shop',
          connectionId: expect.any(Number),
          leasedBy: expect.stringContaining('reserveStock'),
          statement: 'update stock set count = ?',
        },
      ],
    })
    expect(ofBlocking.evidence).toMatchObject({
      leasedBy: expect.stringContaining('reserveStock'),
      waiters: [{ application: 'billing', leasedBy: expect.stringContaining('chargeCard') }],
    })
    await blocking.query('rollback')
    blocking.release()
    await wait
    blocked.release()
  })
})

describe('a sentinel', () => {
  it('has a session of its own that takes no slot, and says whose it is', async () => {
    const pool = await createPool({ max: 1, application_name: 'shop' })
    const { rows } = await pool.query(
      "select application_name as name from pg_stat_activity where application_name like '%shop%' order by 1",
    )
    expect(rows).toEqual([{ name: 'hale sentinel (shop)' }, { name: 'shop' }])
    expect(pool.totalCount).toBe(1)
  })
  it('is gone by the time its pool has ended, also one that was only being opened', async () => {
    const admin = await createPool({ application_name: 'admin' })
    const openSessions = async (): Promise<number> => {
      const text = "select from pg_stat_activity where application_name like '%brief%'"
      return (await admin.query(text)).rowCount ?? 0
    }
    for (const pauseMs of [0, 1, 3, 10, 30, 100]) {
      const pool = new HealthAwarePool({
        connectionString: server.connectionString,
        application_name: 'brief',
        sentinel: { intervalMs: 100 },
      })
      await pool.query('select 1')
      await delay(100 + pauseMs)
      await pool.end()
      // a backend notices that its client has gone
      await waitFor(async () => (await openSessions()) === 0, { timeoutMs: 1_000 })
    }
  })
  it('says that it is off where it is, and why nothing is known', async () => {
    const pool = new HealthAwarePool({ connectionString: server.connectionString, sentinel: false })
    pools.push(pool)
    await pool.query('select 1')
    expect(pool.snapshot().server).toMatchObject({
      sentinel: 'off',
      role: 'primary',
      limits: [{ fact: "the server's side", reason: 'the sentinel is off' }],
    })
  })
})

describe('a wait for no row and no table', () => {
  it('is seen, as that of an index that is built concurrently', async () => {
    const pool = await createPool()
    await pool.query('create table if not exists indexed (id int)')
    const blocking = await pool.connect()
    await blocking.query('begin isolation level repeatable read')
    await blocking.query('select 1')
    const building = muffled(pool.query('create index concurrently on indexed (id)'))
    const { evidence } = await untilIssue(pool, 'blocked')
    expect(evidence.waitEvent).toBe('Lock:virtualxid')
    await blocking.query('commit')
    blocking.release()
    await building
  })
})
