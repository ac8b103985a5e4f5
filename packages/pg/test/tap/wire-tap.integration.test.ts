import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'

let server: TestPostgres
let pool: HealthAwarePool
beforeAll(async () => {
  server = await startPostgres()
  pool = new HealthAwarePool({ connectionString: server.connectionString, max: 1 })
})
afterAll(async () => {
  await pool?.end()
  await server?.stop()
})

function attempts(): number {
  return pool.snapshot().connections[0]?.metrics.attemptsTotal ?? 0
}

/** Statements counted while `use` had the client, which must come back clean. */
async function countOf(use: (client: pg.PoolClient) => Promise<unknown>): Promise<number> {
  const client = await pool.connect()
  const before = attempts()
  await use(client)
  client.release()
  await waitFor(() => pool.idleCount === 1) // at once, unless a statement failed just now
  expect(pool.totalCount).toBe(1)
  return attempts() - before
}

/** A statement in callback form, done when its callback runs. */
function withCallback(client: pg.PoolClient, text: string): Promise<unknown> {
  return new Promise((resolve) => client.query(text, (error: Error | null) => resolve(error)))
}

describe('the wire tap', () => {
  it('counts one statement per query, whatever its form', async () => {
    expect(await countOf((client) => client.query('select 1'))).toBe(1)
    expect(await countOf((client) => client.query('select $1::int', [1]))).toBe(1)
    expect(await countOf((client) => client.query({ text: 'select 1', name: 'named' }))).toBe(1)
    expect(await countOf((client) => client.query({ text: 'select 1', name: 'named' }))).toBe(1)
    expect(await countOf((client) => client.query('select 1; select 2'))).toBe(1)
    expect(await countOf((client) => client.query(''))).toBe(1)
    expect(await countOf((client) => withCallback(client, 'select 1'))).toBe(1)
    expect(await countOf((client) => client.query('select 1/0').catch(() => {}))).toBe(1)
    expect(
      await countOf((client) => client.query({ text: 'selec', values: [1] }).catch(() => {})),
    ).toBe(1)
  })
  it('counts a cursor once, however often it is read', async () => {
    const counted = await countOf(async (client) => {
      const cursor = client.query(new Cursor('select * from generate_series(1, 10)'))
      while ((await cursor.read(3)).length > 0);
      await cursor.close()
    })
    expect(counted).toBe(1)
  })
  it('is not misled by statements that pg refuses to send', async () => {
    await countOf(async (client) => {
      expect(() => client.query(null as never)).toThrow()
      const nameless = { text: undefined } as unknown as pg.QueryConfig
      await client.query(nameless).catch(() => {})
      await client.query('select 1')
    })
  })
  it('knows the transaction status at the moment a callback releases the client', async () => {
    const client = await pool.connect()
    await client.query('begin')
    await new Promise<void>((resolve) => {
      void client.query('commit', () => {
        client.release()
        resolve()
      })
    })
    expect(pool.idleCount).toBe(1)
  })
  it('rolls back what a callback releases after a statement failed inside a transaction', async () => {
    const client = await pool.connect()
    await client.query('begin')
    await new Promise<void>((resolve) => {
      void client.query('select 1/0', () => {
        client.release()
        resolve()
      })
    })
    await waitFor(() => pool.idleCount === 1)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect(pool.totalCount).toBe(1)
  })
  it('counts transactions, and which of them were rolled back', async () => {
    const metrics = () => pool.snapshot().connections[0]?.metrics
    const before = metrics()
    await countOf(async (client) => {
      for (const end of ['commit', 'rollback']) {
        await client.query('begin')
        await client.query('select 1')
        await client.query(end)
      }
      await client.query('begin')
      await client.query('select 1/0').catch(() => {})
      await client.query('commit') // which PostgreSQL answers with ROLLBACK
    })
    const after = metrics()
    expect((after?.transactionsTotal ?? 0) - (before?.transactionsTotal ?? 0)).toBe(3)
    expect((after?.rollbacksTotal ?? 0) - (before?.rollbacksTotal ?? 0)).toBe(2)
    expect(after?.transactionMsTotal).toBeGreaterThan(before?.transactionMsTotal ?? 0)
  })
  it('leaves query and end off the client’s enumerable properties', async () => {
    const client = await pool.connect()
    expect(Object.keys(client)).not.toContain('query')
    expect(Object.keys(client)).not.toContain('end')
    client.release()
  })
  it('lets instrumentation that patches the class later take effect', async () => {
    const original = pg.Client.prototype.query
    let seen = 0
    const patched = function (this: pg.Client, ...args: unknown[]) {
      seen += 1
      return Reflect.apply(original, this, args)
    }
    pg.Client.prototype.query = patched as never
    try {
      await pool.query('select 1')
    } finally {
      pg.Client.prototype.query = original
    }
    expect(seen).toBe(1)
  })
  it('counts an empty query of the watcher as a probe, not as a statement', async () => {
    await using verified = new HealthAwarePool({
      connectionString: server.connectionString,
      max: 1,
      health: { bypassWindowMs: 0 },
    })
    for (let n = 0; n < 5; n += 1) await verified.query('select 1')
    const metrics = verified.snapshot().connections[0]?.metrics
    expect(metrics).toMatchObject({ attemptsTotal: 5, probesTotal: 4 })
  })
})
