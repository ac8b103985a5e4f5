import { endPools, startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { boundMs, countsAtRest, createAdmin, pidOf, settleAll, sumOf } from './stress-world.ts'

const connectionCount = 500
const applicationName = 'many-connections'

let server: TestPostgres
let admin: pg.Pool
let pool: HealthAwarePool

beforeAll(async () => {
  const settings = { max_connections: '550' }
  server = await startPostgres({ settings, ignoreEnvironment: true })
  admin = createAdmin(server)
})
beforeEach(() => {
  pool = new HealthAwarePool({
    connectionString: server.connectionString,
    application_name: applicationName,
    max: connectionCount,
    idleTimeoutMillis: 0,
  })
})
afterEach(async () => {
  if (!pool.ending) await endPools([pool])
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

async function backendCount(): Promise<number> {
  const text = 'select pid from pg_stat_activity where application_name = $1'
  return (await admin.query(text, [applicationName])).rowCount ?? 0
}

async function untilBackends(count: number): Promise<void> {
  const isReached = async (): Promise<boolean> => (await backendCount()) === count
  await waitFor(isReached, { describe: `${count} backends`, timeoutMs: boundMs, intervalMs: 50 })
}

async function leaseAll(): Promise<pg.PoolClient[]> {
  const { results, errors } = await settleAll(
    Array.from({ length: connectionCount }, () => pool.connect()),
  )
  expect(errors).toEqual([])
  return [...results]
}

function releaseAll(clients: readonly pg.PoolClient[]): void {
  for (const client of clients) client.release()
}

describe('a pool of 500 connections', () => {
  it('leases all of them at once, each with a backend of its own', async () => {
    const clients = await leaseAll()
    expect(pool.snapshot().counts).toMatchObject({ leased: connectionCount, waiting: 0 })
    expect(new Set(clients.map(pidOf)).size).toBe(connectionCount)
    expect(await backendCount()).toBe(connectionCount)
    const asked = await settleAll(
      clients.map((client) => client.query('select pg_backend_pid() as pid')),
    )
    const answered = asked.results.map(({ rows }) => rows[0].pid as number)
    expect(new Set(answered)).toEqual(new Set(clients.map(pidOf)))
    releaseAll(clients)
    const counts = await countsAtRest(pool)
    expect(counts).toMatchObject({ idle: connectionCount, total: connectionCount })
    expect(counts.total).toBe(sumOf(counts))
  })

  it('goes on sweeping all of them while they work', async ({ annotate }) => {
    const clients = await leaseAll()
    const tookMs: number[] = []
    pool.monitor.on('sweep:finished', (event) => {
      if (event.connections === connectionCount) tookMs.push(event.tookMs)
    })
    let isOver = false
    let answered = 0
    const callers = clients.map(async (client) => {
      while (!isOver) {
        await client.query('select 1')
        answered += 1
      }
    })
    await waitFor(() => tookMs.length >= 10, { describe: 'ten sweeps', timeoutMs: boundMs })
    isOver = true
    await settleAll(callers)
    expect(answered).toBeGreaterThan(connectionCount)
    expect(pool.snapshot().counts.leased).toBe(connectionCount)
    releaseAll(clients)
    const sorted = tookMs.toSorted((a, b) => a - b).map((ms) => Math.round(ms * 10) / 10)
    await annotate(`sweeps of ${connectionCount} connections took, in ms: ${sorted.join(', ')}`)
  })

  it('replaces each of them after evictAll, leased ones when they come back', async () => {
    const clients = await leaseAll()
    const before = new Set(clients.map(pidOf))
    const held = clients.slice(0, connectionCount / 2)
    releaseAll(clients.slice(held.length))
    pool.evictAll()
    expect(pool.snapshot().counts).toMatchObject({ idle: 0, leased: held.length })
    const asked = await settleAll(held.map((client) => client.query('select 1')))
    expect(asked.errors).toEqual([])
    releaseAll(held)
    expect(pool.totalCount).toBe(0)
    await untilBackends(0)
    const fresh = await leaseAll()
    expect(fresh.filter((client) => before.has(pidOf(client)))).toEqual([])
    releaseAll(fresh)
    expect(pool.snapshot().totals.recycles.operator).toBe(connectionCount)
  })

  it('ends, and leaves no backend behind', async () => {
    const clients = await leaseAll()
    releaseAll(clients.slice(connectionCount / 2))
    const ended = pool.end()
    await untilBackends(connectionCount / 2)
    expect(pool.ended).toBe(false)
    releaseAll(clients.slice(0, connectionCount / 2))
    await ended
    expect(pool.snapshot().counts).toMatchObject({ total: 0, closing: 0 })
    await untilBackends(0)
  })
})
