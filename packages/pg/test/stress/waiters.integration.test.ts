import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { boundMs, countsAtRest, createAdmin, settleAll, sumOf, watchPool } from './stress-world.ts'

const callerCount = 10_000

let server: TestPostgres
let admin: pg.Pool

beforeAll(async () => {
  server = await startPostgres()
  admin = createAdmin(server)
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

function createPool(): HealthAwarePool {
  const { connectionString } = server
  return new HealthAwarePool({ connectionString, max: 10, connectionTimeoutMillis: 0 })
}

interface Numbered {
  readonly n: number
}

/** Asks the server for `n`: every other caller through pool.query, the rest through connect. */
async function ask(pool: HealthAwarePool, n: number): Promise<number> {
  const text = `select ${n} as n`
  if (n % 2 === 0) return Number((await pool.query<Numbered>(text)).rows[0]?.n)
  const client = await pool.connect()
  try {
    return Number((await client.query<Numbered>(text)).rows[0]?.n)
  } finally {
    client.release()
  }
}

function askAll(pool: HealthAwarePool): Promise<number>[] {
  return Array.from({ length: callerCount }, (_, n) => ask(pool, n))
}

/** Tells by the number of its lease who was served: a client runs one caller's one statement per lease. */
function recordLeases(pool: HealthAwarePool): number[] {
  const served: number[] = []
  const leaseOf = new WeakMap<pg.PoolClient, number>()
  let leases = 0
  pool.on('acquire', (client) => {
    leaseOf.set(client, leases)
    leases += 1
  })
  pool.on('connect', (client) => {
    const query = client.query as (...args: unknown[]) => unknown
    const recorded = (...args: unknown[]): unknown => {
      const n = /^select (\d+) as n$/.exec(String(args[0]))?.[1]
      if (n !== undefined) served[leaseOf.get(client) ?? -1] = Number(n)
      return query.apply(client, args)
    }
    client.query = recorded as typeof client.query
  })
  return served
}

const everyNumber = Array.from({ length: callerCount }, (_, n) => n)

describe('10,000 callers that wait for 10 connections', () => {
  it('are served in the order in which they came, each once', async () => {
    await using pool = createPool()
    const watch = watchPool(pool)
    const served = recordLeases(pool)
    const callers = askAll(pool)
    expect(pool.waitingCount).toBe(callerCount)
    const { results, errors } = await settleAll(callers)
    expect(errors).toEqual([])
    expect(served).toEqual(everyNumber)
    expect(results.toSorted((a, b) => a - b)).toEqual(everyNumber)
    expect(watch.count('connection:leased')).toBe(callerCount)
    expect(watch.count('connection:released')).toBe(callerCount)
    expect(watch.mostConnections).toBeLessThanOrEqual(pool.options.max + 1)
  })

  it('leave a pool at rest whose counts add up', async () => {
    await using pool = createPool()
    await settleAll(askAll(pool))
    const counts = await countsAtRest(pool)
    expect(counts.total).toBe(sumOf(counts))
    expect(counts).toMatchObject({ leased: 0, waiting: 0, cleaning: 0, opening: 0 })
    const { leases, opened, closed } = pool.snapshot().totals
    expect(leases).toBe(callerCount)
    expect(opened - closed).toBe(counts.total)
  })

  it('lose no more than what is in flight when backends are killed', async () => {
    await using pool = createPool()
    const watch = watchPool(pool)
    const served = recordLeases(pool)
    const callers = askAll(pool)
    const settled = settleAll(callers)
    let kills = 0
    for (let goal = 1_000; goal <= 9_000; goal += 1_000) {
      await waitFor(() => watch.count('connection:leased') >= goal, {
        describe: `${goal} leases`,
        timeoutMs: boundMs,
        intervalMs: 1,
      })
      const { connections } = pool.snapshot()
      const doomed = connections.filter((_, index) => index % 3 === 0)
      const pids = doomed.flatMap(({ processId }) => processId ?? [])
      const text = 'select pg_terminate_backend(pid) from unnest($1::int[]) as pid'
      await admin.query(text, [pids])
      kills += pids.length
    }
    const { results, errors } = await settled
    expect(kills).toBeGreaterThanOrEqual(9)
    expect(errors.length).toBeLessThanOrEqual(kills)
    expect(new Set(results).size).toBe(callerCount - errors.length)
    expect(served).toEqual(everyNumber) // one statement each, whatever became of it

    const counts = await countsAtRest(pool)
    expect(counts.total).toBe(sumOf(counts))
    expect(watch.count('connection:leased')).toBe(callerCount)
    expect(watch.count('connection:released')).toBe(callerCount)
    expect(watch.mostConnections).toBeLessThanOrEqual(pool.options.max + 1)
  })
})
