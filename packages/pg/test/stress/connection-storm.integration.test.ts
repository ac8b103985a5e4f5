import { endPools, startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { boundMs, countsAtRest, settleAll, sumOf, watchPool } from './stress-world.ts'

const callerCount = 500
/** Far fewer than the pools below may have. */
const serverConnections = 20

let roomy: TestPostgres
let tight: TestPostgres
const pools: HealthAwarePool[] = []
const hogs: pg.Client[] = []

beforeAll(async () => {
  const settings = { max_connections: String(serverConnections) }
  roomy = await startPostgres()
  tight = await startPostgres({ settings, ignoreEnvironment: true })
})
afterEach(async () => {
  await Promise.all(hogs.splice(0).map((hog) => hog.end()))
  await endPools(pools.splice(0))
})
afterAll(async () => {
  await roomy?.stop()
  await tight?.stop()
})

function createPool(
  { connectionString }: TestPostgres,
  options: HealthAwarePoolOptions,
): HealthAwarePool {
  const pool = new HealthAwarePool({
    connectionString,
    connectionTimeoutMillis: boundMs,
    ...options,
  })
  pools.push(pool)
  return pool
}

/**
 * Refused openings that are no storm: two bursts, before it is known that the server is full; some for
 * each that succeeded, because room for one may be room for more; and one at a time, 125 ms apart.
 */
function mostRefusals(pool: HealthAwarePool, startedAt: number): number {
  const { counts, totals } = pool.snapshot()
  return 2 * counts.max + 5 * totals.opened + (performance.now() - startedAt) / 125
}

/** Plain clients take all of the server's connections, as soon as it has them. */
async function hogConnections({ connectionString }: TestPostgres): Promise<void> {
  const hogOne = async (): Promise<boolean> => {
    const client = new pg.Client({ connectionString })
    client.on('error', () => {})
    await client.connect()
    hogs.push(client)
    return true
  }
  while (hogs.length < serverConnections) {
    await waitFor(hogOne, { describe: 'the server to have room', timeoutMs: boundMs })
  }
}

/** Resolves when the pool has learnt that the server is full. */
async function untilRefused(pool: HealthAwarePool): Promise<void> {
  await waitFor(() => pool.snapshot().server.openingFailures >= 3, {
    describe: 'three rounds of refused openings',
    timeoutMs: boundMs,
  })
}

/** Callers at once, each of which keeps a connection for a few ms of the server's time. */
function storm(pool: HealthAwarePool): Promise<number>[] {
  return Array.from({ length: callerCount }, async (_, n) => {
    const client = await pool.connect()
    try {
      const { rows } = await client.query('select $1::int as n, pg_sleep(0.005)', [n])
      return rows[0].n as number
    } finally {
      client.release()
    }
  })
}

const everyNumber = Array.from({ length: callerCount }, (_, n) => n)

describe('500 callers at once on a cold pool', () => {
  it('are all served by at most `max` connections, opened once each', async () => {
    const pool = createPool(roomy, { max: 100 })
    const watch = watchPool(pool)
    const { results, errors } = await settleAll(storm(pool))
    expect(errors).toEqual([])
    expect(results.toSorted((a, b) => a - b)).toEqual(everyNumber)
    expect(watch.mostConnections).toBeLessThanOrEqual(101)
    expect(watch.count('connection:open-failed')).toBe(0)
    const counts = await countsAtRest(pool)
    expect(counts.total).toBe(sumOf(counts))
    const { opened, closed } = pool.snapshot().totals
    expect(opened - closed).toBe(counts.total)
  })
})

describe('a server that takes fewer connections than the pool may have', () => {
  it('fails no caller, and is not stormed with openings', async () => {
    const pool = createPool(tight, { max: 100 })
    const watch = watchPool(pool)
    const startedAt = performance.now()
    const { results, errors } = await settleAll(storm(pool))
    expect(errors).toEqual([])
    expect(results.toSorted((a, b) => a - b)).toEqual(everyNumber)
    expect(watch.mostConnections).toBeLessThanOrEqual(101)
    const counts = await countsAtRest(pool)
    expect(counts.total).toBeLessThanOrEqual(serverConnections)
    expect(counts.total).toBe(sumOf(counts))
    expect(watch.count('connection:open-failed')).toBeLessThan(mostRefusals(pool, startedAt))
  })

  it('is not stormed again each time an opening succeeds', async () => {
    const pool = createPool(tight, { max: 100, maxUses: 10 })
    const watch = watchPool(pool)
    const startedAt = performance.now()
    const { errors } = await settleAll([...storm(pool), ...storm(pool)])
    await countsAtRest(pool)
    expect(errors).toEqual([])
    expect(pool.snapshot().totals.opened).toBeGreaterThan(serverConnections)
    expect(watch.count('connection:open-failed')).toBeLessThan(mostRefusals(pool, startedAt))
  })

  it('fails no caller while others hold all of its connections and then let go', async () => {
    await hogConnections(tight)
    const pool = createPool(tight, { max: 50 })
    const watch = watchPool(pool)
    const startedAt = performance.now()
    const callers = settleAll(storm(pool))
    await untilRefused(pool)
    expect(pool.snapshot().counts).toMatchObject({ leased: 0, idle: 0, waiting: callerCount })
    await Promise.all(hogs.splice(0).map((hog) => hog.end()))
    const { errors } = await callers
    expect(errors).toEqual([])
    expect(watch.mostConnections).toBeLessThanOrEqual(51)
    expect(watch.count('connection:open-failed')).toBeLessThan(mostRefusals(pool, startedAt))
  })

  it('is not asked for all that is wanted at once when it takes the first again', async () => {
    await hogConnections(tight)
    const pool = createPool(tight, { max: 50 })
    const watch = watchPool(pool)
    const firstOpened = new Promise<number>((resolve) => {
      pool.monitor.once('connection:opened', () => resolve(watch.count('connection:open-failed')))
    })
    const callers = settleAll(storm(pool))
    await untilRefused(pool)
    await hogs.pop()?.end()
    const refusedBefore = await firstOpened
    const startedAt = performance.now()
    const { errors } = await callers
    await countsAtRest(pool)
    expect(errors).toEqual([])
    expect(pool.snapshot().totals.opened).toBe(1)
    const refused = watch.count('connection:open-failed') - refusedBefore
    expect(refused).toBeLessThan(10 + (performance.now() - startedAt) / 125)
  })
})
