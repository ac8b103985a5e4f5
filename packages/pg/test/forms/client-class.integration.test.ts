import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import {
  cleanedLease,
  cleanLease,
  pidOf,
  quietHealth,
  record,
  recordLease,
} from './record-lease.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

function createPool(options: HealthAwarePoolOptions = {}): HealthAwarePool {
  return new HealthAwarePool({
    connectionString: server.connectionString,
    max: 1,
    health: quietHealth,
    ...options,
  })
}

type Query = (...args: unknown[]) => unknown
const queryOfPg = pg.Client.prototype.query as Query
type ClientClass = NonNullable<HealthAwarePoolOptions['Client']>

/** A Client whose `query` is `query`, which gets pg's own to go on with. */
function clientWith(query: (next: Query, args: unknown[]) => unknown): ClientClass {
  class OwnClient extends pg.Client {}
  Object.defineProperty(OwnClient.prototype, 'query', {
    configurable: true,
    writable: true,
    value(this: pg.Client, ...args: unknown[]) {
      return query((...next) => Reflect.apply(queryOfPg, this, next), args)
    },
  })
  return OwnClient
}

describe('a Client class with a query of its own', () => {
  it('is asked once for each statement, of pool.query and of a client', async () => {
    const seen: unknown[] = []
    const Client = clientWith((next, args) => {
      seen.push(args[0])
      return next(...args)
    })
    await using pool = createPool({ Client })
    await pool.query('select 1')
    const used = await recordLease(pool, (client) => client.query('select 2'))
    expect(used).toEqual(cleanLease)
    expect(seen.filter((text) => text === 'select 1' || text === 'select 2')).toHaveLength(2)
  })
  it('may send later than it is asked to', async () => {
    const Client = clientWith(async (next, args) => {
      await new Promise((resolve) => setImmediate(resolve))
      return next(...args)
    })
    await using pool = createPool({ Client })
    const used = await recordLease(pool, async (client) => {
      expect((await client.query('select 4 as four')).rows).toEqual([{ four: 4 }])
    })
    expect(used).toEqual(cleanLease)
    const queried = await record(pool, () => pool.query('select 1'))
    expect(queried).toEqual(cleanLease)
  })
  it('may answer by itself without costing the connection', async () => {
    const Client = clientWith((next, args) =>
      args[0] === 'cached' ? Promise.resolve({ rows: ['from a cache'] }) : next(...args),
    )
    await using pool = createPool({ Client })
    const used = await recordLease(pool, async (client) => {
      expect((await client.query('cached')).rows).toEqual(['from a cache'])
    })
    expect(used).toEqual({ ...cleanedLease, attempts: 0 })
  })
  it('may refuse by itself without costing the connection', async () => {
    const Client = clientWith((next, args) =>
      args[0] === 'drop everything' ? Promise.reject(new Error('not here')) : next(...args),
    )
    await using pool = createPool({ Client })
    const used = await recordLease(pool, async (client) => {
      await expect(client.query('drop everything')).rejects.toThrow('not here')
      await client.query('select 1')
    })
    expect(used).toEqual(cleanLease)
  })
  it('may send a statement of its own before each', async () => {
    const Client = clientWith((next, args) => {
      if (args[0] === 'select 1') void next('set application_name = tenant', () => {})
      return next(...args)
    })
    await using pool = createPool({ Client })
    const used = await recordLease(pool, async (client) => {
      await client.query('select 1')
      const { rows } = await client.query('show application_name')
      expect(rows).toEqual([{ application_name: 'tenant' }])
    })
    expect(used).toMatchObject({ ...cleanLease, attempts: expect.any(Number) })
  })
})

describe('hooks', () => {
  it('run on each new client before anybody has it: onConnect, then verify', async () => {
    const calls: string[] = []
    await using pool = createPool({
      max: 2,
      onConnect: async (client) => {
        const { rows } = await client.query('select 1 as one')
        calls.push(`onConnect ${rows[0].one}`)
      },
      verify: (client, done) => {
        calls.push('verify')
        client.query('select 1', done)
      },
    } as HealthAwarePoolOptions)
    const clients = await Promise.all([pool.connect(), pool.connect()])
    for (const client of clients) client.release()
    expect(calls.toSorted()).toEqual(['onConnect 1', 'onConnect 1', 'verify', 'verify'])
    await pool.query('select 1')
    expect(calls).toHaveLength(4) // an old client is not asked again
  })
  it('that verify refuses reject their caller in its own words, and take no slot', async () => {
    let refusals = 1
    await using pool = createPool({
      verify: (_client, done) => {
        refusals -= 1
        done(refusals >= 0 ? new Error('a stale replica') : undefined)
      },
    } as HealthAwarePoolOptions)
    await expect(pool.query('select 1')).rejects.toThrow('a stale replica')
    expect(pool.totalCount).toBe(0)
    expect((await pool.query('select 4 as four')).rows).toEqual([{ four: 4 }])
  })
  it('that never come back are given up at the connection timeout', async () => {
    await using pool = createPool({
      connectionTimeoutMillis: 300,
      onConnect: () => new Promise(() => {}),
    } as HealthAwarePoolOptions)
    await expect(pool.query('select 1')).rejects.toThrow()
    await waitFor(() => pool.totalCount === 0)
  })
  it('that leave a transaction open do not hand it to the first borrower', async () => {
    await using pool = createPool({
      onConnect: async (client) => void (await client.query('begin')),
    })
    const client = await pool.connect()
    const { rows } = await client.query('select now() = statement_timestamp() as fresh')
    expect(rows).toEqual([{ fresh: true }])
    client.release()
    expect(pool.idleCount).toBe(1)
  })
})

describe('min', () => {
  it('opens that many before anybody asks', async () => {
    await using pool = createPool({ max: 4, min: 3 })
    await waitFor(() => pool.idleCount === 3)
    expect(pool.totalCount).toBe(3)
  })
  it('keeps that many through the idle timeout, and no more', async () => {
    await using pool = createPool({ max: 4, min: 1, idleTimeoutMillis: 50 })
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    for (const client of clients) client.release()
    expect(pool.totalCount).toBe(4)
    await waitFor(() => pool.totalCount === 1)
    await pool.query('select 1')
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
  })
  it('opens a successor for the one that died', async () => {
    await using pool = createPool({ max: 2, min: 1 })
    await waitFor(() => pool.idleCount === 1)
    const client = await pool.connect()
    const old = pidOf(client)
    await client.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {})
    client.release()
    await waitFor(() => pool.idleCount === 1)
    const next = await pool.connect()
    expect(pidOf(next)).not.toBe(old)
    next.release()
  })
})
