import { endPools, startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { boundMs, countsAtRest, Holders, settleAll, sumOf, watchPool } from './stress-world.ts'

const large = 20
const small = 5

let server: TestPostgres
let pool: HealthAwarePool
let load: Load

beforeAll(async () => {
  server = await startPostgres()
})
beforeEach(() => {
  const { connectionString } = server
  pool = new HealthAwarePool({ connectionString, max: large, idleTimeoutMillis: 0 })
  load = new Load()
})
afterEach(async () => {
  await load.stop()
  await endPools([pool])
})
afterAll(() => server?.stop())

/** Twice as many callers as the pool may have connections, for as long as the test wants. */
class Load {
  readonly holders = new Holders()
  readonly errors: Error[] = []
  served = 0
  #isOver = false
  #callers: Promise<void>[] = []

  start(): void {
    this.#callers = Array.from({ length: 2 * large }, (_, n) => this.#call(`caller ${n}`))
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await settleAll(this.#callers)
  }

  async untilMore(calls: number): Promise<void> {
    const goal = this.served + calls
    const isReached = (): boolean => this.served >= goal
    await waitFor(isReached, { describe: `${calls} more calls`, timeoutMs: boundMs })
  }

  async #call(name: string): Promise<void> {
    while (!this.#isOver) {
      const client = await pool.connect()
      this.holders.take(client, name)
      await client.query('select pg_sleep(0.002)').catch((error) => this.errors.push(error))
      this.holders.release(client)
      this.served += 1
    }
  }
}

async function untilTotal(total: number): Promise<void> {
  const isReached = (): boolean => pool.totalCount === total
  await waitFor(isReached, { describe: `${total} connections`, timeoutMs: boundMs / 5 })
}

describe('`max`, lowered while the pool works', () => {
  it('takes the pool down to it under load, and fails nobody', async () => {
    load.start()
    await untilTotal(large)
    pool.options.max = small
    await untilTotal(small)
    const watch = watchPool(pool)
    await load.untilMore(200)
    await load.stop()
    expect(load.errors).toEqual([])
    expect(load.holders.overlaps).toEqual([])
    expect(watch.mostConnections).toBeLessThanOrEqual(small + 1)
    const counts = await countsAtRest(pool)
    expect(counts.total).toBe(sumOf(counts))
  })

  it('takes an idle pool down to it', async () => {
    const { results } = await settleAll(Array.from({ length: large }, () => pool.connect()))
    for (const client of results) client.release()
    expect(pool.idleCount).toBe(large)
    pool.options.max = small
    await untilTotal(small)
  })

  it('leaves the leases in progress alone, and takes their connections when they end', async () => {
    const { results: held } = await settleAll(Array.from({ length: large }, () => pool.connect()))
    await settleAll(held.map((client) => client.query('begin; create temp table mine (n int)')))
    load.start()
    pool.options.max = small
    const working = held.map(async (client: pg.PoolClient, n) => {
      await client.query(`insert into mine values (${n})`)
      const { rows } = await client.query<{ n: number }>('select n from mine')
      await client.query('commit')
      return rows[0]?.n
    })
    const { results, errors } = await settleAll(working)
    expect(errors).toEqual([])
    expect(results.toSorted((a, b) => Number(a) - Number(b))).toEqual(held.map((_, n) => n))
    expect(pool.totalCount).toBe(large)
    const watch = watchPool(pool)
    for (const client of held) client.release()
    await untilTotal(small)
    await load.untilMore(200)
    expect(load.errors).toEqual([])
    expect(watch.mostConnections).toBeLessThanOrEqual(large)
  })
})

describe('`max`, raised again', () => {
  it('lets the pool grow on demand', async () => {
    pool.options.max = small
    load.start()
    await untilTotal(small)
    const watch = watchPool(pool)
    await load.untilMore(100)
    expect(watch.mostConnections).toBeLessThanOrEqual(small + 1)
    pool.options.max = large
    await untilTotal(large)
    await load.untilMore(100)
    await load.stop()
    expect(load.errors).toEqual([])
    expect(watch.mostConnections).toBeLessThanOrEqual(large + 1)
  })

  it('serves at once whoever waited for the smaller one', async () => {
    pool.options.max = small
    let letGo = (): void => {}
    const isEnough = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const call = async (): Promise<void> => {
      const client = await pool.connect()
      await isEnough
      client.release()
    }
    const callers = settleAll(Array.from({ length: large }, call))
    const isFull = (): boolean => pool.snapshot().counts.leased === small
    await waitFor(isFull, { describe: 'the smaller one to be leased' })
    pool.options.max = large
    await untilTotal(large).finally(letGo)
    const { errors } = await callers
    expect(errors).toEqual([])
  })
})
