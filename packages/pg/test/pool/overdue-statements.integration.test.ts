import { waitFor } from '@hale/testkit'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { pidOf, setUpProxiedWorld } from '../proxied-world.ts'

const world = setUpProxiedWorld()
const timedOut = 'Query read timeout'

async function stateOf(pid: number): Promise<string | undefined> {
  const text = 'select state from pg_stat_activity where pid = $1'
  const { rows } = await world.admin.query<{ state: string }>(text, [pid])
  return rows[0]?.state
}

/** Sleeps in the server for longer than any test. */
function sleep(client: pg.PoolClient | pg.Pool, query_timeout?: number): Promise<unknown> {
  const timeout = query_timeout === undefined ? {} : { query_timeout }
  return client.query({ text: 'select pg_sleep(600)', ...timeout } as pg.QueryConfig)
}

describe('a query_timeout inside a transaction', () => {
  it('frees the backend, so that the ROLLBACK behind it is answered', async () => {
    await using pool = world.createPool({ max: 1, query_timeout: 2_000 })
    const client = await pool.connect()
    await client.query('begin')
    await expect(sleep(client, 300)).rejects.toThrow(timedOut)
    await client.query('rollback') // its own timeout ends after the test's if nobody cancels
    expect(await stateOf(pidOf(client))).toBe('idle')
    const pid = pidOf(client)
    client.release()
    const next = await pool.connect()
    expect(pidOf(next)).toBe(pid)
    expect((await next.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    next.release()
  })
  it('frees the backend although nothing follows', async () => {
    await using pool = world.createPool({ max: 1, query_timeout: 100 })
    const client = await pool.connect()
    await client.query('begin')
    await expect(sleep(client)).rejects.toThrow(timedOut)
    await waitFor(async () => (await stateOf(pidOf(client))) === 'idle in transaction (aborted)')
    expect((await client.query('rollback')).command).toBe('ROLLBACK')
    client.release()
  })
  it('frees the backend of a statement that was queued behind another', async () => {
    await using pool = world.createPool({ max: 1, query_timeout: 300 })
    const client = await pool.connect()
    const first = client.query('select pg_sleep(0.1)')
    const second = sleep(client)
    await first
    await expect(second).rejects.toThrow(timedOut)
    await waitFor(async () => (await stateOf(pidOf(client))) === 'idle')
    client.release()
  })
})

describe('a query_timeout of pool.query', () => {
  it('frees the backend, which is lent again', async () => {
    await using pool = world.createPool({ max: 1, query_timeout: 300 })
    const before = await pool.query('select pg_backend_pid() as pid')
    await expect(sleep(pool)).rejects.toThrow(timedOut)
    const after = await pool.query('select pg_backend_pid() as pid')
    expect(after.rows).toEqual(before.rows)
  })
  it('frees the backend of a connection that is closed because of it', async () => {
    await using pool = world.createPool({ max: 1 })
    const client = await pool.connect()
    const pid = pidOf(client)
    const error = await sleep(client, 100).catch((thrown: unknown) => thrown)
    client.release(error as Error)
    await waitFor(async () => (await stateOf(pid)) === undefined)
  })
})

describe('statements that end at about the time of their timeout', () => {
  it('never have another one cancelled', async () => {
    await using pool = world.createPool({ max: 4, query_timeout: 20 })
    const failures: unknown[] = []
    let late = 0
    let inTime = 0
    const mustWork = (client: pg.PoolClient | pg.Pool, n: number): Promise<unknown> =>
      // a timeout of its own that is long: it may be queued behind what is cancelled
      client
        .query({
          text: 'select pg_sleep(0.001), $1::int',
          values: [n],
          query_timeout: 20_000,
        } as pg.QueryConfig)
        .catch((error: unknown) => failures.push(error))
    const worker = async (from: number): Promise<void> => {
      for (let n = from; n < 1_200; n += 8) {
        const client = await pool.connect()
        const seconds = (16 + (n % 60) / 10) / 1_000
        await client.query('select pg_sleep($1)', [seconds]).then(
          () => (inTime += 1),
          () => (late += 1),
        )
        if (n % 3 !== 0) await mustWork(client, n)
        client.release()
        await mustWork(pool, n)
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, from) => worker(from)))
    expect(failures).toEqual([])
    expect(late).toBeGreaterThan(100)
    expect(inTime).toBeGreaterThan(100)
    expect(pool.snapshot().totals.recycles).toMatchObject({ busy: 0, lost: 0, dirty: 0 })
  }, 60_000)
})
