import {
  createFaultProxy,
  endPools,
  leaseEverySlot,
  startPostgres,
  type TestPostgres,
  waitFor,
} from '@hale/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AcquireTimeoutError, HealthAwarePool } from '../../src/index.ts'
import { boundMs, countsAtRest, settleAll, sumOf, watchPool } from './stress-world.ts'

const callerCount = 10_000

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

async function createSilentWorld() {
  const proxy = await createFaultProxy(server)
  const pool = new HealthAwarePool({
    connectionString: proxy.connectionString(server.connectionString),
    max: 10,
    connectionTimeoutMillis: 1_000,
  })
  return {
    proxy,
    pool,
    [Symbol.asyncDispose]: async () => {
      proxy.all.restore()
      await pool.end()
      await proxy.close()
    },
  }
}

/** Every other caller through pool.query, the rest through connect. */
function callAll(pool: HealthAwarePool): Promise<unknown>[] {
  return Array.from({ length: callerCount }, async (_, n) => {
    if (n % 2 === 0) return pool.query('select 1')
    const client = await pool.connect()
    try {
      return await client.query('select 1')
    } finally {
      client.release()
    }
  })
}

async function untilServing(pool: HealthAwarePool): Promise<void> {
  const isServing = async (): Promise<boolean> => (await pool.query('select 1')).rowCount === 1
  await waitFor(isServing, { describe: 'the pool to serve again', timeoutMs: boundMs })
}

describe('10,000 callers of a server that is silent', () => {
  it('are all told at their deadline, and the pool serves afterwards', async () => {
    await using world = await createSilentWorld()
    const { pool, proxy } = world
    const watch = watchPool(pool)
    proxy.all.freeze()
    const { results, errors } = await settleAll(callAll(pool))
    expect(results).toEqual([])
    expect(errors.filter((error) => !(error instanceof AcquireTimeoutError))).toEqual([])
    expect(watch.count('acquire:timed-out')).toBe(callerCount)
    expect(pool.snapshot().totals).toMatchObject({ acquireTimeouts: callerCount, leases: 0 })

    proxy.all.thaw()
    await untilServing(pool)
    expect(await leaseEverySlot(pool)).toBe(10)
    const counts = await countsAtRest(pool)
    expect(counts.total).toBe(sumOf(counts))
    expect(watch.mostConnections).toBeLessThanOrEqual(11)
  })

  it('are not told that the pool is busy, because nobody holds a connection', async () => {
    await using world = await createSilentWorld()
    const { pool, proxy } = world
    proxy.all.freeze()
    const { errors } = await settleAll(callAll(pool))
    const reasons = new Set(errors.map((error) => (error as AcquireTimeoutError).reason))
    expect([...reasons]).toEqual(['server-down'])
  })

  it('fail at their deadline although others hold every connection, and those settle too', async () => {
    await using world = await createSilentWorld()
    const { pool, proxy } = world
    await leaseEverySlot(pool)
    proxy.all.freeze()
    const callers = settleAll(callAll(pool))
    await waitFor(() => pool.snapshot().totals.acquireTimeouts >= callerCount - 10, {
      describe: 'the deadline of all who wait',
      timeoutMs: boundMs,
    })
    proxy.all.thaw()
    const { results, errors } = await callers
    const late = errors.filter((error) => error instanceof AcquireTimeoutError)
    expect(late.length).toBe(pool.snapshot().totals.acquireTimeouts)
    // those who got one of the ten are answered late, or told that their connection is lost
    expect(results.length + errors.length - late.length).toBeLessThanOrEqual(10)
    await untilServing(pool)
    expect(await leaseEverySlot(pool)).toBe(10)
  })
})

describe('a single caller of a server that is silent', () => {
  it('is not told that the pool is busy, however long it waited', async () => {
    await using proxy = await createFaultProxy(server)
    proxy.all.freeze()
    const connectionString = proxy.connectionString(server.connectionString)
    const pools = [200, 300, 400, 500, 600, 700].map(
      (connectionTimeoutMillis) =>
        new HealthAwarePool({ connectionString, connectionTimeoutMillis }),
    )
    const { errors } = await settleAll(pools.map((pool) => pool.query('select 1')))
    const reasons = errors.map((error) => (error as AcquireTimeoutError).reason)
    expect(reasons).toEqual(pools.map(() => 'server-down'))
    await endPools(pools)
  })
})
