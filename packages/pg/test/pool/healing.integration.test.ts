import { waitFor } from '@hale/testkit'
import Cursor from 'pg-cursor'
import { describe, expect, it } from 'vitest'
import type { HealthAwarePool } from '../../src/index.ts'
import { pidOf, setUpProxiedWorld } from '../proxied-world.ts'

const world = setUpProxiedWorld()
const { createPool, statements } = world

async function activityOf(pid: number): Promise<string | undefined> {
  const text = 'select state from pg_stat_activity where pid = $1'
  const { rows } = await world.admin.query<{ state: string }>(text, [pid])
  return rows[0]?.state
}

describe('a client that comes back dirty', () => {
  it('has its running statement cancelled on the server, and is lent again', async () => {
    await using pool = createPool({ max: 1 })
    const client = await pool.connect()
    const pid = pidOf(client)
    const sleeping = client.query('select pg_sleep(600)').catch((error: Error) => error.message)
    await waitFor(async () => (await activityOf(pid)) === 'active')
    client.release()
    const next = await pool.connect()
    expect(pidOf(next)).toBe(pid)
    expect(await sleeping).toBe('canceling statement due to user request')
    expect(await activityOf(pid)).toBe('idle')
    next.release()
  })
  it('is closed when an open cursor keeps it busy', async () => {
    await using pool = createPool({ max: 1 })
    const client = await pool.connect()
    const pid = pidOf(client)
    const cursor = client.query(new Cursor('select * from generate_series(1, 1000000)'))
    await cursor.read(1)
    client.release()
    const next = await pool.connect()
    expect(pidOf(next)).not.toBe(pid)
    next.release()
  })
  it('has its transaction rolled back, which is reported while it lasts', async () => {
    await using pool = createPool({ max: 1 })
    const raised: string[] = []
    pool.monitor.on('issue:raised', ({ issue }) => void raised.push(issue.type))
    const client = await pool.connect()
    await client.query('begin')
    await client.query('create table left_behind (id int)')
    client.release()
    await pool.query('select 1')
    expect(raised).toEqual(['transaction_leak'])
    const { rows } = await world.admin.query("select to_regclass('left_behind') as found")
    expect(rows).toEqual([{ found: null }])
    expect(pool.snapshot().issues).toEqual([])
  })
})

describe('a link that breaks', () => {
  it('costs the statement in flight, and nobody else', async () => {
    await using pool = createPool({ max: 2 })
    const client = await pool.connect()
    const sleeping = client.query('select pg_sleep(600)')
    await waitFor(async () => (await activityOf(pidOf(client))) === 'active')
    const failed = expect(sleeping).rejects.toThrow()
    world.proxy.link(pidOf(client))?.reset()
    await failed
    client.release()
    await pool.query('select 1')
    expect(pool.snapshot().totals.recycles.lost).toBe(1)
  })
  it('is noticed by an idle probe before anybody asks for the connection', async () => {
    await using pool = createPool({
      max: 1,
      health: { probeIntervalMs: 100, probeTimeoutMs: 200, sweepIntervalMs: 50 },
    })
    await pool.query('select 1')
    world.proxy.all.freeze()
    await waitFor(() => pool.snapshot().totals.recycles.unresponsive === 1)
    expect(pool.totalCount).toBe(0)
  })
  it('does not end the process when nobody listens for errors', async () => {
    await using pool = createPool({ max: 3 })
    const held = await pool.connect()
    await pool.query('select 1')
    for (const link of world.proxy.links) link.reset()
    await waitFor(() => pool.idleCount === 0)
    held.release()
    await pool.query('select 1')
  })
  it('never makes Hale send a statement twice', async () => {
    await using pool = createPool({ max: 4, query_timeout: 2_000 })
    const outcomes = { done: 0, failed: 0 }
    const worker = async (name: number): Promise<void> => {
      for (let n = 0; n < 60; n += 1) {
        await pool.query(`select '${name}-${n}'`).then(
          () => (outcomes.done += 1),
          () => (outcomes.failed += 1),
        )
        const doomed = n % 10 === 5 ? world.proxy.links[name % world.proxy.links.length] : undefined
        doomed?.reset()
      }
    }
    await Promise.all([0, 1, 2, 3, 4, 5].map(worker))
    const sent = statements.filter((text) => text.startsWith("select '"))
    expect(new Set(sent).size).toBe(sent.length)
    expect(outcomes.done + outcomes.failed).toBe(360)
    expect(outcomes.done).toBeGreaterThan(0)
  })
})

describe('a link that becomes slow', () => {
  const health = { suspectProbeIntervalMs: 50, sweepIntervalMs: 50, probeIntervalMs: 200 }

  async function slowOneDown(pool: HealthAwarePool): Promise<number> {
    // all of the pool does the same work, one of its links is 80 ms slower
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    const [slow] = clients
    const pid = slow === undefined ? 0 : pidOf(slow)
    for (const client of clients) client.release()
    world.proxy.link(pid)?.delay(80)
    return pid
  }

  const sweepsOf = new WeakMap<HealthAwarePool, number>()
  function sweeps(pool: HealthAwarePool): number {
    if (!sweepsOf.has(pool)) {
      sweepsOf.set(pool, 0)
      pool.monitor.on(
        'sweep:finished',
        () => void sweepsOf.set(pool, (sweepsOf.get(pool) ?? 0) + 1),
      )
    }
    return sweepsOf.get(pool) ?? 0
  }

  async function work(pool: HealthAwarePool, until: () => boolean): Promise<number> {
    let failures = 0
    let isDone = false
    const worker = async (): Promise<void> => {
      while (!isDone) await pool.query('select 1').catch(() => (failures += 1))
    }
    const workers = [worker(), worker(), worker()]
    await waitFor(until, { timeoutMs: 50_000 }).finally(() => (isDone = true))
    await Promise.all(workers)
    return failures
  }

  it('is swapped for a fresh one, and no caller notices', async () => {
    await using pool = createPool({ max: 4, min: 4, health })
    const pid = await slowOneDown(pool)
    const isGone = () => pool.snapshot().connections.every(({ processId }) => processId !== pid)
    const failures = await work(pool, isGone)
    expect(failures).toBe(0)
    expect(pool.snapshot().totals.recycles).toMatchObject({ latency: 1, lost: 0, unresponsive: 0 })
  })
  it('blames nobody when all links are slow', async () => {
    await using pool = createPool({ max: 4, min: 4, health })
    await waitFor(() => pool.idleCount === 4)
    await work(pool, () => sweeps(pool) > 10)
    world.proxy.all.delay(80)
    const before = sweeps(pool)
    await work(pool, () => sweeps(pool) > before + 60)
    expect(pool.snapshot().totals.recycles.latency).toBe(0)
  })
})
