import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import type { PoolClient } from 'pg'
import copy from 'pg-copy-streams'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { pidOf } from '../proxied-world.ts'
import { cleanedLease, cleanLease, closedLease, quietHealth, recordLease } from './record-lease.ts'

let server: TestPostgres
let pool: HealthAwarePool
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  pool = new HealthAwarePool({
    connectionString: server.connectionString,
    max: 1,
    health: quietHealth,
  })
  await pool.query('drop table if exists copied; create table copied (n int)')
})
afterEach(() => pool.end())

const copyIn = 'copy copied from stdin'
const copyOut = "copy (select n, repeat('x', 1000) from generate_series(1, 100000) as n) to stdout"

async function copied(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('select count(*)::int from copied')
  return rows[0]?.count ?? -1
}

describe('COPY TO', () => {
  it('that is read slowly is not taken for lost, although the server is done', async () => {
    await using watched = new HealthAwarePool({ connectionString: server.connectionString })
    await using lease = await watched.lease()
    const source = lease.client.query(copy.to(copyOut.replace('100000', '2000')))
    const length = await readWithPause(source, () => hasBeenIdle(lease.client))
    expect(length).toBeGreaterThan(2_000_000)
    expect(watched.snapshot().totals.recycles).toMatchObject({ unresponsive: 0, lost: 0 })
  })
})

/** Reads a little, waits, and reads the rest. */
async function readWithPause(source: Readable, pause: () => Promise<unknown>): Promise<number> {
  let length = 0
  let isBegun = false
  for await (const chunk of source) {
    length += (chunk as Buffer).length
    if (!isBegun) await pause()
    isBegun = true
  }
  return length
}

/** Resolves when the server says that it has been done for longer than what is on its way is waited for. */
async function hasBeenIdle(client: PoolClient): Promise<void> {
  const text =
    "select 1 from pg_stat_activity where pid = $1 and state = 'idle' " +
    "and clock_timestamp() - state_change > interval '2 s'"
  await waitFor(async () => (await pool.query(text, [pidOf(client)])).rowCount === 1)
}

describe('COPY FROM', () => {
  it('to its end leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      const sink = client.query(copy.from(copyIn))
      await pipeline(Readable.from(['1\n', '2\n', '3\n']), sink)
      expect(sink.rowCount).toBe(3)
    })
    expect(used).toEqual(cleanLease)
    expect(await copied()).toBe(3)
  })
  it('of data that the server refuses tells its writer, and leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      const copying = pipeline(Readable.from(['1\n', 'two\n']), client.query(copy.from(copyIn)))
      await expect(copying).rejects.toMatchObject({ code: '22P02' })
    })
    expect(used).toEqual({ ...cleanedLease, idleAtOnce: expect.any(Boolean) })
    expect(await copied()).toBe(0)
  })
  it('whose source fails undoes the copy, and leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      const failing = new Readable({ read: () => {} })
      const sink = client.query(copy.from(copyIn))
      const copying = pipeline(failing, sink)
      failing.push('1\n')
      failing.destroy(new Error('the source failed'))
      await expect(copying).rejects.toThrow('the source failed')
      if (!sink.closed) await once(sink, 'close').catch(() => {})
    })
    expect(used).toEqual({ ...cleanedLease, idleAtOnce: expect.any(Boolean) })
    expect(await copied()).toBe(0)
  })
  it('that was abandoned half-way never reaches the next borrower', async () => {
    const told: Error[] = []
    const used = await recordLease(pool, async (client) => {
      const sink = client.query(copy.from(copyIn))
      sink.on('error', (error) => void told.push(error))
      await new Promise((resolve) => sink.write('1\n', resolve))
    })
    expect(used).toEqual(closedLease)
    expect(told).toHaveLength(1)
    expect(await copied()).toBe(0)
  })
  it('that was abandoned by who does not listen to it never ends the process', async () => {
    const used = await recordLease(pool, async (client) => {
      const sink = client.query(copy.from(copyIn))
      await new Promise((resolve) => sink.write('1\n', resolve))
    })
    expect(used).toEqual(closedLease)
  })
  it('without a source is refused, and leaves a clean client', async () => {
    const used = await recordLease(pool, (client) =>
      expect(client.query(copyIn)).rejects.toThrow('No source stream defined'),
    )
    expect(used).toEqual({ ...cleanedLease, idleAtOnce: expect.any(Boolean) })
  })
  it('of a table that is not there tells its writer, and leaves a clean client', async () => {
    const used = await recordLease(pool, async (client) => {
      const copying = pipeline(
        Readable.from(['1\n']),
        client.query(copy.from('copy gone from stdin')),
      )
      await expect(copying).rejects.toMatchObject({ code: '42P01' })
    })
    expect(used).toEqual({ ...cleanedLease, idleAtOnce: expect.any(Boolean) })
  })
})

describe('COPY TO', () => {
  it('to its end leaves a clean client', async () => {
    let bytes = 0
    const used = await recordLease(pool, async (client) => {
      for await (const chunk of client.query(copy.to(copyOut))) bytes += chunk.length
    })
    expect(used).toEqual({ ...cleanLease, idleAtOnce: expect.any(Boolean) })
    expect(bytes).toBeGreaterThan(100_000_000)
  })
  it('that fails half-way tells its reader, and leaves a clean client', async () => {
    const failing = 'copy (select 1 / (n - 5000) from generate_series(1, 9999) as n) to stdout'
    const used = await recordLease(pool, async (client) => {
      const read = async (): Promise<void> => {
        for await (const _chunk of client.query(copy.to(failing)));
      }
      await expect(read()).rejects.toMatchObject({ code: '22012' })
    })
    expect(used).toEqual({ ...cleanedLease, idleAtOnce: expect.any(Boolean) })
  })
  it('that was abandoned half-way never reaches the next borrower', async () => {
    const used = await recordLease(pool, async (client) => {
      const source = client.query(copy.to(copyOut))
      await once(source, 'data')
      source.pause()
    })
    expect(used).toEqual(closedLease)
  })
  it('that a loop breaks off never ends the process', async () => {
    const used = await recordLease(pool, async (client) => {
      for await (const _chunk of client.query(copy.to(copyOut))) break
    })
    expect(used).toEqual(closedLease)
  })
  it('without a reader leaves a clean client', async () => {
    const used = await recordLease(pool, (client) => client.query('copy copied to stdout'))
    expect(used).toEqual(cleanLease)
  })
  it('that was destroyed half-way never reaches the next borrower', async () => {
    const used = await recordLease(pool, async (client) => {
      const source = client.query(copy.to(copyOut))
      await once(source, 'data')
      source.destroy()
    })
    expect(used).toEqual(closedLease)
  })
})
