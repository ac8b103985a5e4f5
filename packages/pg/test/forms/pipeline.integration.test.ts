import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import type pg from 'pg'
import Cursor from 'pg-cursor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { cleanedLease, cleanLease, quietHealth, recordLease } from './record-lease.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

function createPool(options: HealthAwarePoolOptions = {}): HealthAwarePool {
  const { connectionString } = server
  const config = { connectionString, max: 1, pipeline: true, health: quietHealth, ...options }
  return new HealthAwarePool(config)
}

/** Answers and errors, in the order of the statements. */
async function outcomesOf(statements: readonly Promise<pg.QueryResult>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(statements)
  return settled.map((each) =>
    each.status === 'fulfilled' ? each.value.rows : (each.reason as { code?: string }).code,
  )
}

describe('a client in pipeline mode', () => {
  it('has several statements under way at once, each counted', async () => {
    await using pool = createPool()
    const used = await recordLease(pool, async (client) => {
      const sent = [1, 2, 3].map((n) => client.query('select $1::int as n', [n]))
      expect(await outcomesOf(sent)).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]])
    })
    expect(used).toEqual({ ...cleanLease, attempts: 3 })
  })
  it('fails the one statement among them that is at fault', async () => {
    await using pool = createPool()
    const used = await recordLease(pool, async (client) => {
      const sent = [
        client.query('select 1 as n'),
        client.query('select 1/0'),
        client.query('select $1::int as n', [3]),
      ]
      expect(await outcomesOf(sent)).toEqual([[{ n: 1 }], '22012', [{ n: 3 }]])
    })
    expect(used).toEqual({ ...cleanLease, attempts: 3 })
    expect(pool.snapshot().connections[0]?.metrics.faultsByScopeTotal).toMatchObject({
      statement: 1,
    })
  })
  it('is waited for when it is released with statements under way', async () => {
    await using pool = createPool()
    const answers: unknown[] = []
    const used = await recordLease(pool, (client) => {
      for (const n of [1, 2, 3]) {
        void client.query('select $1::int as n', [n]).then(({ rows }) => answers.push(rows[0].n))
      }
    })
    expect(used).toEqual({ ...cleanedLease, attempts: 3 })
    expect(answers).toEqual([1, 2, 3])
  })
  it('is cancelled when what is under way at release takes long', async () => {
    await using pool = createPool()
    const codes: unknown[] = []
    const used = await recordLease(pool, (client) => {
      client.query('select pg_sleep(3600)').catch(({ code }) => codes.push(code))
    })
    expect(used).toEqual(cleanedLease)
    expect(codes).toEqual(['57014'])
  })
  it('is rolled back when it is released inside a transaction', async () => {
    await using pool = createPool()
    await pool.query('create table if not exists piped (n int)')
    const used = await recordLease(pool, async (client) => {
      await Promise.all([client.query('begin'), client.query('insert into piped values (1)')])
    })
    expect(used).toEqual({ ...cleanedLease, attempts: 3 })
    expect((await pool.query('select n from piped')).rows).toEqual([])
  })
  it('is rolled back when its transaction has failed and is still under way', async () => {
    await using pool = createPool()
    const used = await recordLease(pool, (client) => {
      for (const text of ['begin', 'select 1/0', 'select 1']) client.query(text).catch(() => {})
    })
    expect(used).toEqual({ ...cleanedLease, attempts: 4 })
  })
  it('keeps its connection when pg refuses a cursor', async () => {
    await using pool = createPool()
    const used = await recordLease(pool, async (client) => {
      const cursor = client.query(new Cursor('select 1'))
      await expect(cursor.read(1)).rejects.toThrow('not supported in pipeline mode')
    })
    expect(used).toEqual({ ...cleanLease, idleAtOnce: expect.any(Boolean), attempts: 0 })
  })
})

describe('a pool of pipelined clients', () => {
  it('serves pool.query at once from all its callers', async () => {
    await using pool = createPool({ max: 2 })
    const sent = Array.from({ length: 50 }, (_, n) => pool.query('select $1::int as n', [n]))
    expect(await outcomesOf(sent)).toEqual(Array.from({ length: 50 }, (_, n) => [{ n }]))
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([2, 2, 0])
  })
  it('ends only after what its holders have under way', async () => {
    const pool = createPool()
    const client = await pool.connect()
    const sent = [client.query('select pg_sleep(0.2)'), client.query('select 2 as n')]
    const ended = pool.end()
    const outcomes = outcomesOf(sent).finally(() => client.release())
    expect(await outcomes).toEqual([[{ pg_sleep: '' }], [{ n: 2 }]])
    await ended
    expect(pool.totalCount).toBe(0)
  })
  it('ends within a bound when a holder left statements under way', async () => {
    const pool = createPool()
    const client = await pool.connect()
    const sent = outcomesOf([client.query('select pg_sleep(3600)'), client.query('select 2')])
    client.release()
    await pool.end()
    expect(pool.ended).toBe(true)
    expect(await sent).toHaveLength(2) // nobody is left without an answer
  })
  it('tells everybody whose statement was under way when the backend dies', async () => {
    await using pool = createPool({ max: 2 })
    const client = await pool.connect()
    const { rows } = await client.query('select pg_backend_pid() as pid')
    const sent = outcomesOf([client.query('select pg_sleep(3600)'), client.query('select 2')])
    await pool.query('select pg_terminate_backend($1)', [rows[0].pid])
    const [running, waiting] = await sent
    expect(running).toBe('57P01')
    expect([undefined, 'ECONNRESET']).toContain(waiting) // it was sent, and never read
    client.release()
    await waitFor(() => pool.totalCount === 1)
  })
})
