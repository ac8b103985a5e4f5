import { startPostgres, type TestPostgres } from '@hale/testkit'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import {
  cleanedLease,
  cleanLease,
  closedLease,
  quietHealth,
  record,
  recordLease,
} from './record-lease.ts'

let server: TestPostgres
let pool: HealthAwarePool
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())
beforeEach(() => {
  pool = new HealthAwarePool({
    connectionString: server.connectionString,
    max: 1,
    health: quietHealth,
  })
})
afterEach(() => pool.end())

const tenRows = 'select n from generate_series(1, 10) as n'
const manyRows = "select n, repeat('x', 1000) as filler from generate_series(1, 20000) as n"

describe('a cursor', () => {
  it('that was read to its end leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      const cursor = client.query(new Cursor(tenRows))
      const rows: unknown[] = []
      for (let read = await cursor.read(4); read.length > 0; read = await cursor.read(4)) {
        rows.push(...read)
      }
      await cursor.close()
      expect(rows).toHaveLength(10)
    })
    expect(used).toEqual(cleanLease)
  })
  it('that was closed half-way leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      const cursor = client.query(new Cursor(manyRows))
      expect(await cursor.read(3)).toHaveLength(3)
      await cursor.close()
    })
    expect(used).toEqual(cleanLease)
  })
  it('whose close is still under way at release is waited for', async () => {
    const used = await recordLease(pool, async (client) => {
      const cursor = client.query(new Cursor(manyRows))
      await cursor.read(3)
      void cursor.close()
    })
    expect(used).toEqual({ ...cleanedLease, attempts: 1 })
  })
  it('that was abandoned half-way never reaches the next borrower', async () => {
    const used = await recordLease(pool, async (client) => {
      await client.query(new Cursor(manyRows)).read(3)
    })
    expect(used).toEqual(closedLease)
    expect(pool.snapshot().totals.recycles).toMatchObject({ busy: 1 })
  })
  it('that was never read never reaches the next borrower', async () => {
    const used = await recordLease(pool, (client) => void client.query(new Cursor(manyRows)))
    expect(used).toEqual(closedLease)
  })
  it('that was abandoned inside a transaction takes the transaction with it', async () => {
    await pool.query('create table abandoned (n int)')
    const used = await recordLease(pool, async (client) => {
      await client.query('begin')
      await client.query('insert into abandoned values (1)')
      await client.query(new Cursor(manyRows)).read(3)
    })
    expect(used).toEqual(closedLease)
    expect((await pool.query('select n from abandoned')).rows).toEqual([])
  })
  it('that fails at its first read leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      const cursor = client.query(new Cursor('select 1/0'))
      await expect(cursor.read(1)).rejects.toMatchObject({ code: '22012' })
    })
    expect(used).toEqual({ ...cleanedLease, idleAtOnce: expect.any(Boolean) })
  })
  it('that fails half-way, and is closed then, leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      const cursor = client.query(new Cursor('select 1 / (n - 5) from generate_series(1, 10) as n'))
      expect(await cursor.read(2)).toHaveLength(2)
      await expect(cursor.read(5)).rejects.toMatchObject({ code: '22012' })
      await cursor.close()
    })
    expect(used).toEqual({ ...cleanedLease, idleAtOnce: expect.any(Boolean) })
  })
  it('runs beside an ordinary statement that waits for it', async () => {
    const used = await recordLease(pool, async (client) => {
      const cursor = client.query(new Cursor(tenRows))
      const rows = cursor.read(10)
      const closed = rows.then(() => cursor.close())
      const after = client.query('select 4 as four')
      expect(await rows).toHaveLength(10)
      await closed
      expect((await after).rows).toEqual([{ four: 4 }])
    })
    expect(used).toEqual({ ...cleanLease, attempts: 2 })
  })
})

describe('a query stream', () => {
  it('that was read to its end leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      let rows = 0
      for await (const _row of client.query(new QueryStream(manyRows))) rows += 1
      expect(rows).toBe(20_000)
    })
    expect(used).toEqual(cleanLease)
  })
  it('that a loop breaks off leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      for await (const _row of client.query(new QueryStream(manyRows))) break
    })
    expect(used).toEqual(cleanedLease) // the loop does not wait for the stream to close
  })
  it('that was destroyed half-way leaves a client that is cleaned', async () => {
    const used = await recordLease(pool, async (client) => {
      const stream = client.query(new QueryStream(manyRows))
      await new Promise((resolve) => stream.once('data', resolve))
      stream.destroy()
    })
    expect(used).toEqual(cleanedLease)
  })
  it('that was paused and abandoned never reaches the next borrower', async () => {
    const used = await recordLease(pool, async (client) => {
      const stream = client.query(new QueryStream(manyRows))
      await new Promise((resolve) => stream.once('data', resolve))
      stream.pause()
    })
    expect(used).toEqual(closedLease)
  })
  it('that is still flowing at release may run to its end', async () => {
    let rows = 0
    const used = await recordLease(pool, async (client) => {
      const stream = client.query(new QueryStream(tenRows))
      stream.on('data', () => {
        rows += 1
      })
      await new Promise((resolve) => stream.once('data', resolve))
    })
    expect(used).toEqual({ ...cleanedLease, idleAtOnce: expect.any(Boolean) })
    expect(rows).toBe(10)
  })
  it('that fails half-way tells its reader, and leaves a clean client', async () => {
    const failing = 'select 1 / (n - 500) from generate_series(1, 1000) as n'
    const used = await recordLease(pool, async (client) => {
      const read = async (): Promise<void> => {
        for await (const _row of client.query(new QueryStream(failing)));
      }
      await expect(read()).rejects.toMatchObject({ code: '22012' })
    })
    expect(used).toEqual({ ...cleanedLease, idleAtOnce: expect.any(Boolean) })
  })
  it('that pool.query runs settles at its end and gives the client back', async () => {
    let rows = 0
    const used = await record(pool, async () => {
      const stream = new QueryStream(tenRows)
      const ended = pool.query(stream) as unknown as Promise<unknown>
      stream.on('data', () => {
        rows += 1
      })
      await ended
    })
    expect(used).toEqual({ ...cleanLease, idleAtOnce: expect.any(Boolean) })
    expect(rows).toBe(10)
  })
})
