import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  HealthAwarePool,
  type HealthAwarePoolOptions,
  withHealthAwareConnection,
} from '../src/index.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

/** A pool that ends with the test. */
function createPool(options: HealthAwarePoolOptions = {}): HealthAwarePool {
  return new HealthAwarePool({ connectionString: server.connectionString, ...options })
}

function pidOf(client: pg.PoolClient): number {
  return (client as unknown as { processID: number }).processID
}

describe('as a drop-in for pg.Pool', () => {
  it('is an instance of pg.Pool by a name that says so', async () => {
    await using pool = createPool()
    expect(pool).toBeInstanceOf(pg.Pool)
    expect(pool.constructor.name).toBe('HealthAwarePool')
    expect(pool.Client).toBe(pg.Client)
    expect(pool.options).toMatchObject({ max: 10, min: 0, idleTimeoutMillis: 10_000 })
  })
  it('takes a Client class as an option and as the second argument', async () => {
    class MyClient extends pg.Client {}
    await using one = createPool({ Client: MyClient })
    await using two = new HealthAwarePool({ connectionString: server.connectionString }, MyClient)
    for (const pool of [one, two]) {
      const client = await pool.connect()
      expect(client).toBeInstanceOf(MyClient)
      client.release()
    }
  })
  it('shows its clients by the name by which programs look into pg-pool', async () => {
    await using pool = createPool()
    const client = await pool.connect()
    expect(pool._clients).toEqual([client])
    client.release(true)
    expect(pool._clients).toEqual([])
  })
  it('works with a client that has nothing but connect, query and end', async () => {
    class BareClient extends EventEmitter {
      connect(callback: () => void): void {
        setImmediate(callback)
      }
      query(
        _text: string,
        _values: unknown,
        callback: (error: null, result: unknown) => void,
      ): void {
        setImmediate(callback, null, { rows: ['bare'] })
      }
      end(callback: () => void): void {
        setImmediate(callback)
      }
    }
    const Client = BareClient as unknown as NonNullable<HealthAwarePoolOptions['Client']>
    await using pool = new HealthAwarePool({ Client, health: { bypassWindowMs: 0 } })
    for (let n = 0; n < 3; n += 1) expect(await pool.query('x')).toEqual({ rows: ['bare'] })
    expect(pool.totalCount).toBe(1)
  })
  it('emits pg’s events in pg’s order', async () => {
    const pool = createPool({ maxUses: 1 })
    const seen: string[] = []
    for (const event of ['connect', 'acquire', 'release', 'remove'] as const) {
      pool.on(event, () => void seen.push(event))
    }
    await pool.query('select 1')
    await pool.end()
    expect(seen).toEqual(['connect', 'acquire', 'release', 'remove'])
  })
  it('logs where it is told to', async () => {
    const logged: unknown[] = []
    const pool = createPool({ log: (...messages) => void logged.push(...messages) })
    await pool.query('select 1')
    await pool.end()
    expect(logged).toEqual(['connect', 'acquire', 'release', 'remove'])
  })
  it.each([
    ['remove expended client', { maxUses: 1 }],
    ['remove idle client', { idleTimeoutMillis: 10 }],
  ])('logs “%s”, which pg-pool does too', async (message, options) => {
    const logged: unknown[] = []
    const pool = createPool({ ...options, log: (...messages) => void logged.push(...messages) })
    await pool.query('select 1')
    await waitFor(() => logged.includes(message), { describe: message })
    await pool.end()
  })
  it('names the client that an error befell while idle, but does not print it', async () => {
    const pool = createPool()
    const client = await pool.connect()
    client.release()
    const failed = new Promise<Error>((resolve) => pool.once('error', resolve))
    client.emit('error', new Error('on purpose'))
    const error = await failed
    expect(error).toHaveProperty('client', client)
    expect(Object.keys(error)).not.toContain('client')
    await pool.end()
  })
  it('serves the callback forms of connect, query and end', async () => {
    const pool = createPool()
    const rows = await new Promise((resolve, reject) => {
      pool.connect((error, client, release) => {
        if (client === undefined) return reject(error)
        void client.query('select 1 as one', (queryError: Error | null, result: pg.QueryResult) => {
          release()
          if (queryError) reject(queryError)
          else resolve(result.rows)
        })
      })
    })
    expect(rows).toEqual([{ one: 1 }])
    const counted = await new Promise((resolve) => {
      pool.query('select $1::int as n', [7], (_error, result) => resolve(result.rows))
    })
    expect(counted).toEqual([{ n: 7 }])
    await new Promise<void>((resolve) => pool.end(resolve))
    expect(pool.ended).toBe(true)
    await expect(pool.end()).rejects.toThrow('Called end on pool more than once')
    await expect(pool.connect()).rejects.toThrow('Cannot use a pool after calling end on the pool')
  })
  it('answers a function given as the text through that function, as pg does', async () => {
    await using pool = createPool()
    const error = await new Promise<Error>((resolve) => {
      expect(Reflect.apply(pool.query, pool, [resolve])).toBeUndefined()
    })
    expect(error.message).toMatch(/^Passing a function as the first parameter/)
  })
  it('counts as pg does, and releases synchronously', async () => {
    await using pool = createPool({ max: 1 })
    const client = await pool.connect()
    const waiter = pool.connect()
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 0, 1])
    client.release()
    const next = await waiter
    expect(next).toBe(client)
    next.release()
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0])
    expect(() => client.release()).toThrow('already been released')
  })
  it('gives query errors a stack that leads to the caller', async () => {
    await using pool = createPool()
    const error: Error = await pool.query('select 1/0').then(
      () => new Error('it was expected to fail'),
      (reason) => reason,
    )
    expect(error).toMatchObject({ code: '22012' })
    expect(error.stack).toContain('health-aware-pool.integration.test')
  })
  it('keeps a connection through any error of a statement', async () => {
    await using pool = createPool({ max: 1 })
    let connects = 0
    pool.on('connect', () => {
      connects += 1
    })
    for (const bad of ['select 1/0', 'selec', 'select * from nowhere']) {
      await expect(pool.query(bad)).rejects.toThrow()
      await expect(pool.query({ text: bad, values: [] })).rejects.toThrow()
    }
    await pool.query('select 1')
    expect(connects).toBe(1)
  })
  it('closes a connection whose holder releases it with an error', async () => {
    await using pool = createPool({ max: 1 })
    const client = await pool.connect()
    const pid = pidOf(client)
    client.release(new Error('I saw something'))
    const next = await pool.connect()
    expect(pidOf(next)).not.toBe(pid)
    next.release()
  })
  it('passes a wrong password on at once, untouched', async () => {
    const url = new URL(server.connectionString)
    url.username = 'nobody_of_that_name'
    await using pool = new HealthAwarePool({ connectionString: url.href })
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: '28P01', severity: 'FATAL' })
  })
  it('passes on what pg says of options that it cannot use', async () => {
    await using pool = new HealthAwarePool({ connectionString: 'postgres://u:p@host:notaport/db' })
    await expect(pool.query('select 1')).rejects.toThrow(/Invalid URL/)
  })
  it('runs onConnect on each new connection, and reports its failure to the caller', async () => {
    await using pool = createPool({
      max: 1,
      onConnect: async (client) => void (await client.query("set application_name = 'hooked'")),
    })
    const { rows } = await pool.query('show application_name')
    expect(rows).toEqual([{ application_name: 'hooked' }])
    await using failing = createPool({
      onConnect: () => {
        throw new Error('no such luck')
      },
    })
    await expect(failing.query('select 1')).rejects.toThrow('no such luck')
    expect(failing.totalCount).toBe(0)
  })
  it('waits for what a connect listener sends before it lends the connection', async () => {
    await using pool = createPool()
    pool.on('connect', (client) => void client.query("set application_name = 'listened'"))
    const { rows } = await pool.query('show application_name')
    expect(rows).toEqual([{ application_name: 'listened' }])
  })
  it('survives a listener that throws, and stays whole', async () => {
    await using pool = createPool({ max: 1 })
    pool.monitor.on('connection:opened', () => {
      throw new Error('a listener')
    })
    await pool.query('select 1')
    expect(pool.snapshot().totals.listenerErrors).toBe(1)
    expect(pool.idleCount).toBe(1)
  })
})

describe('what Hale adds', () => {
  it('lends for a scope, and takes the client back at its end', async () => {
    await using pool = createPool({ max: 1 })
    {
      await using lease = await pool.lease()
      expect((await lease.client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      expect(pool.idleCount).toBe(0)
    }
    expect(pool.idleCount).toBe(1)
    await expect(
      withHealthAwareConnection(pool, () => {
        throw new Error('mine')
      }),
    ).rejects.toThrow('mine')
    expect(pool.idleCount).toBe(1)
  })
  it('describes itself in plain JSON without a secret', async () => {
    await using pool = createPool()
    await pool.query("select 'a literal'")
    const text = JSON.stringify(pool.snapshot())
    expect(JSON.parse(text)).toMatchObject({
      mode: 'enforce',
      counts: { total: 1, idle: 1, max: 10 },
    })
    expect(text).not.toContain(server.password)
    expect(text).not.toContain('a literal')
    expect(pool.snapshot().server).toMatchObject({ inHotStandby: false, openingFailures: 0 })
  })
  it('counts how long its callers waited, and its leases and statements took', async () => {
    await using pool = createPool({ max: 1 })
    const [first, second] = [pool.connect(), pool.connect()]
    ;(await first).release()
    const client = await second
    await client.query('select 1')
    await expect(client.query('select 1 / 0')).rejects.toThrow('division by zero')
    await expect(client.query('select')).resolves.toMatchObject({ rowCount: 1 })
    client.release()
    const { durations } = pool.snapshot()
    expect(durations).toMatchObject({
      openings: { count: 1 },
      waits: { count: 2 },
      leases: { count: 2 },
      statements: { count: 2 },
      failures: { invalid_data: { count: 1 } },
    })
    expect(durations.waits.sumMs).toBeGreaterThan(0)
  })
  it('calls a connection without evidence unknown, and one that works healthy', async () => {
    await using pool = createPool()
    await pool.query('select 1')
    expect(pool.snapshot().connections[0]?.assessment).toMatchObject({ status: 'unknown' })
    for (let n = 0; n < 20; n += 1) await pool.query('select 1')
    expect(pool.snapshot().connections[0]?.assessment).toMatchObject({
      status: 'healthy',
      score: 1,
    })
  })
  it('says whether it can serve, without a slot', async () => {
    const pool = createPool({ max: 1 })
    expect(pool.readiness()).toEqual({ ready: true, reason: 'cold' })
    const asSomebodyElse = AsyncLocalStorage.snapshot() // who waits is not who holds
    const client = await pool.connect()
    pool.options.connectionTimeoutMillis = 500 // not for the opening
    const waiter = asSomebodyElse(() => pool.connect())
    expect(pool.readiness()).toEqual({ ready: true, reason: 'ready' }) // a queue is only load
    await expect(waiter).rejects.toMatchObject({ reason: 'busy' })
    const next = pool.connect()
    expect(pool.readiness()).toEqual({ ready: false, reason: 'exhausted' })
    client.release()
    const last = await next
    expect(pool.readiness()).toEqual({ ready: true, reason: 'ready' })
    last.release()
    await pool.end()
    expect(pool.readiness()).toEqual({ ready: false, reason: 'closed' })
  })
  it('evicts all at an operator’s word: idle ones now, leased ones at release', async () => {
    await using pool = createPool({ max: 2, min: 2 })
    await waitFor(() => pool.idleCount === 2)
    const client = await pool.connect()
    const old = pidOf(client)
    pool.evictAll()
    client.release()
    await waitFor(() => pool.idleCount === 2)
    const { rows } = await pool.query('select pg_backend_pid() as pid')
    expect(rows[0].pid).not.toBe(old)
    expect(pool.snapshot().totals.recycles.operator).toBe(2)
  })
  it('recycles one connection, its successor first', async () => {
    await using pool = createPool({ max: 1 })
    await pool.query('select 1')
    const [connection] = pool.snapshot().connections
    const totals: number[] = []
    pool.monitor.on('connection:opened', () => void totals.push(pool.totalCount))
    expect(pool.recycle(connection?.connectionId ?? 0)).toBe(true)
    await waitFor(() => pool.snapshot().totals.recycles.operator === 1)
    expect(totals).toEqual([2])
    expect(pool.totalCount).toBe(1)
    expect(pool.recycle(12_345)).toBe(false)
  })
})
