import {
  createFaultProxy,
  type FaultProxy,
  startPostgres,
  type TestPostgres,
  terminateBackend,
  waitFor,
} from '@hale/testkit'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { connectStranger, delay, limitsOf, muffled, untilWatching } from './sentinel-parts.ts'

let server: TestPostgres
let proxy: FaultProxy
let admin: pg.Client
const pools: HealthAwarePool[] = []
const others: pg.Client[] = []
beforeAll(async () => {
  server = await startPostgres({ ignoreEnvironment: true, settings: { max_connections: '12' } })
})
beforeEach(async () => {
  proxy = await createFaultProxy(server)
  admin = await connectStranger(server.connectionString, 'admin')
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()))
  await Promise.all([admin, ...others.splice(0)].map((each) => muffled(each.end())))
  await proxy.close()
})
afterAll(() => server?.stop())

async function createPool(options: HealthAwarePoolOptions = {}): Promise<HealthAwarePool> {
  const pool = new HealthAwarePool({
    connectionString: proxy.connectionString(server.connectionString),
    application_name: 'pool',
    max: 3,
    sentinel: { intervalMs: 250, timeoutMs: 500 },
    ...options,
  })
  pools.push(pool)
  await pool.query('select 1')
  await untilWatching(pool)
  return pool
}

async function sentinelPid(): Promise<number> {
  return waitFor(async () => {
    const text = "select pid from pg_stat_activity where application_name = 'hale sentinel (pool)'"
    return (await admin.query(text)).rows.at(-1)?.pid as number | undefined
  })
}

describe('a sentinel', () => {
  it('opens another session when its own link is dead, while the pool is left alone', async () => {
    const pool = await createPool()
    const client = await pool.connect()
    const slow = client.query('select pg_sleep(4)')
    const first = await sentinelPid()
    proxy.link(first)?.freeze()
    await waitFor(async () => (await sentinelPid()) !== first, { describe: 'another session' })
    await slow
    client.release()
    expect(pool.snapshot().totals).toMatchObject({ closed: 0 })
    expect(pool.monitor.issueOf('server_unreachable')).toBeUndefined()
    expect(pool.snapshot().server.sentinel).toBe('watching')
  })
  it('finds a dead link of the pool over its own, which works, within seconds', async () => {
    const pool = await createPool()
    const client = await pool.connect()
    const pid = (client as unknown as { processID: number }).processID
    await delay(600) // its backend has been seen
    const startedAt = performance.now()
    const lost = client.query('select pg_sleep(0.5)').then(
      () => undefined,
      (error) => error,
    )
    await delay(100) // it is under way
    proxy.link(pid)?.freeze()
    expect(await lost).toMatchObject({ code: 'HALE_CONNECTION_LOST' })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    client.release()
    expect(pool.snapshot().server.sentinel).toBe('watching')
  })
  it('is back after its backend was killed', async () => {
    const pool = await createPool()
    const client = await pool.connect() // so that it looks in every turn
    const first = await sentinelPid()
    await terminateBackend(admin, first)
    await waitFor(async () => (await sentinelPid()) !== first)
    await untilWatching(pool)
    expect(limitsOf(pool)).toEqual({})
    client.release()
    expect(pool.snapshot().totals).toMatchObject({ closed: 0 })
  })
  it('is let in last: the pool works on when max_connections is reached', async () => {
    const pool = await createPool({ max: 1 })
    const client = await pool.connect()
    const first = await sentinelPid()
    // 12 in all, 3 of them for superusers, which we are: fill it to the last
    const fill = async (): Promise<void> => {
      for (;;) {
        const other = new pg.Client({ connectionString: server.connectionString })
        other.on('error', () => {})
        try {
          await other.connect()
        } catch {
          return
        }
        others.push(other)
      }
    }
    await fill()
    await terminateBackend(admin, first)
    await fill() // before the sentinel can
    await waitFor(() => limitsOf(pool)["the server's side"] === 'refused (53300)')
    expect(pool.snapshot().server.sentinel).toBe('unreachable')
    expect(pool.monitor.issueOf('server_unreachable')).toBeUndefined()
    const { rows } = await client.query('select pg_sleep(2), 1 as one')
    expect(rows[0].one).toBe(1)
    expect(pool.snapshot().totals).toMatchObject({ closed: 0 })
    await Promise.all(others.splice(0).map((other) => other.end()))
    await waitFor(() => pool.snapshot().server.sentinel === 'watching', { timeoutMs: 20_000 })
    client.release()
  })
})

describe('another server', () => {
  it.each(['fast', 'immediate'] as const)('is noticed after a restart (%s)', async (mode) => {
    const pool = await createPool()
    const changes: unknown[] = []
    pool.monitor.on('server:changed', ({ inHotStandby, serverVersion }) => {
      changes.push({ inHotStandby, serverVersion })
    })
    await muffled(admin.end())
    await server.halt(mode)
    await delay(500)
    await server.restart()
    const restartedAt = performance.now()
    await waitFor(() => pool.query('select 1').then(() => true), { timeoutMs: 20_000 })
    await waitFor(() => changes.length > 0, { timeoutMs: 20_000, describe: 'server:changed' })
    await untilWatching(pool)
    expect(performance.now() - restartedAt).toBeLessThan(15_000)
    expect(changes).toEqual([
      { inHotStandby: false, serverVersion: pool.snapshot().server.version },
    ])
    expect(pool.snapshot().server.uptimeMs).toBeLessThan(30_000)
    admin = await connectStranger(server.connectionString, 'admin')
  })
})
