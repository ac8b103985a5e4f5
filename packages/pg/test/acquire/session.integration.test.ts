import { waitFor } from '@hale/testkit'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { Hygiene } from '../../src/index.ts'
import { pidOf, setUpProxiedWorld } from '../proxied-world.ts'

const world = setUpProxiedWorld()

/** What one holder may leave to the next. */
const traces: readonly (readonly [Hygiene, string, string])[] = [
  ['reset-role', 'set role pg_monitor', 'select current_user = session_user as clean'],
  [
    'reset-all',
    "set statement_timeout = '77s'",
    "select current_setting('statement_timeout') <> '77s' as clean",
  ],
  ['unlisten', 'listen news', 'select count(*) = 0 as clean from pg_listening_channels()'],
  [
    'unlock',
    'select pg_advisory_lock(7)',
    "select count(*) = 0 as clean from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
  ],
  [
    'discard-temp',
    'create temp table left_behind (n int)',
    "select to_regclass('pg_temp.left_behind') is null as clean",
  ],
]

async function leaveAndLook(
  hygiene: Hygiene | readonly Hygiene[] | false,
  leave: string,
  look: string,
): Promise<{ readonly clean: boolean; readonly sameSession: boolean }> {
  await using pool = world.createPool({ max: 1, hygiene })
  const first = await pool.connect()
  const pid = pidOf(first)
  await first.query(leave)
  first.release()
  const second = await pool.connect()
  const { rows } = await second.query<{ clean: boolean }>(look)
  second.release()
  return { clean: rows[0]?.clean === true, sameSession: pidOf(second) === pid }
}

describe('hygiene', () => {
  it.each(traces)('%s leaves no trace of: %s', async (hygiene, leave, look) => {
    expect(await leaveAndLook(false, leave, look)).toEqual({ clean: false, sameSession: true })
    expect(await leaveAndLook(hygiene, leave, look)).toEqual({ clean: true, sameSession: true })
    expect(await leaveAndLook('discard-all', leave, look)).toEqual({
      clean: true,
      sameSession: true,
    })
  })
  it('keeps the statements that pg has prepared', async () => {
    await using pool = world.createPool({ max: 1, hygiene: 'discard-all' })
    const named: pg.QueryConfig = { name: 'by_number', text: 'select $1::int as n' }
    for (const n of [1, 2, 3]) {
      expect((await pool.query({ ...named, values: [n] })).rows).toEqual([{ n }])
      await waitFor(() => pool.idleCount === 1)
    }
  })
  it('costs nothing after a lease that sent nothing', async () => {
    await using pool = world.createPool({ max: 1, hygiene: ['unlisten', 'reset-role'] })
    const client = await pool.connect()
    client.release()
    expect(pool.idleCount).toBe(1)
    expect(world.statements).toEqual([])
  })
})

describe('the end', () => {
  it('closes clients under their holders when these keep them too long, and says how many', async () => {
    const pool = world.createPool({ max: 3, endTimeoutMs: 100 })
    let closedHard = -1
    pool.monitor.on('pool:closed', (event) => {
      closedHard = event.closedHard
    })
    const [one, two, three] = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
    const running = one.query('select pg_sleep(600)')
    const ended = pool.end()
    three.release()
    await expect(running).rejects.toThrow()
    await ended
    expect(closedHard).toBe(2)
    expect(pool.totalCount).toBe(0)
    one.release()
    two.release()
    expect(() => one.release()).toThrow('already been released')
  })
  it('serves the callers of a pool that is still opening, as pg.Pool does', async () => {
    const pool = world.createPool({ max: 20 })
    let completed = 0
    const answers = Array.from({ length: 20 }, async () => {
      await pool.query('select $1::text as name', ['any'])
      completed += 1
    })
    await pool.end()
    expect(completed).toBe(20)
    await Promise.all(answers)
  })
  it('settles every waiter', async () => {
    const pool = world.createPool({ max: 1, endTimeoutMs: 50 })
    const held = await pool.connect()
    const waiters = [pool.connect(), pool.query('select 1')]
    const ended = pool.end()
    for (const waiter of waiters) {
      await expect(waiter).rejects.toMatchObject({ code: 'HALE_POOL_CLOSED' })
    }
    await ended
    held.release()
  })
  it('comes with the scope', async () => {
    const outer: { pool?: ReturnType<typeof world.createPool> } = {}
    {
      await using pool = world.createPool({ max: 1 })
      outer.pool = pool
      await pool.query('select 1')
    }
    expect(outer.pool?.ended).toBe(true)
  })
})
