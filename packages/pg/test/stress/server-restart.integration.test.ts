import { endPools, type StopMode, startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import {
  boundMs,
  countsAtRest,
  createAdmin,
  Holders,
  settleAll,
  sumOf,
  TagTable,
  watchPool,
} from './stress-world.ts'

const callerCount = 200
const max = 20

let server: TestPostgres
let admin: pg.Pool

beforeAll(async () => {
  server = await startPostgres({ ignoreEnvironment: true })
  admin = createAdmin(server)
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

/** Callers that write one tag after the other, and what they were told. */
class Writers {
  readonly acknowledged: string[] = []
  readonly failed = new Map<string, Error>()
  readonly holders = new Holders()
  isOver = false
  readonly #pool: HealthAwarePool
  readonly #table: TagTable

  constructor(pool: HealthAwarePool, table: TagTable) {
    this.#pool = pool
    this.#table = table
  }

  async run(caller: number): Promise<void> {
    for (let n = 0; !this.isOver; n += 1) {
      const tag = `${caller}-${n}`
      const write = caller % 2 === 0 ? this.#writeAtOnce(tag) : this.#writeInTransaction(tag)
      await write.then(
        () => void this.acknowledged.push(tag),
        (error: Error) => void this.failed.set(tag, error),
      )
    }
  }

  async #writeAtOnce(tag: string): Promise<void> {
    await this.#pool.query(this.#table.insert(tag))
  }

  async #writeInTransaction(tag: string): Promise<void> {
    const client = await this.#pool.connect()
    this.holders.take(client, tag)
    try {
      await client.query('begin')
      await client.query(this.#table.insert(tag))
      await client.query('commit')
    } finally {
      this.holders.release(client)
    }
  }
}

describe.each<StopMode>(['fast', 'immediate'])('a restart (%s) under 200 callers', (mode) => {
  it('costs what is in flight, and neither loses nor doubles a write', async () => {
    const table = await TagTable.create(admin, `writes_${mode}`)
    const { connectionString } = server
    const pool = new HealthAwarePool({ connectionString, max, connectionTimeoutMillis: boundMs })
    const watch = watchPool(pool)
    const writers = new Writers(pool, table)
    const untilMore = async (writes: number): Promise<void> => {
      const goal = writers.acknowledged.length + writes
      await waitFor(() => writers.acknowledged.length >= goal, {
        describe: `${writes} more writes`,
        timeoutMs: boundMs,
      })
    }
    const callers = Array.from({ length: callerCount }, (_, n) => writers.run(n))

    await untilMore(1_000)
    await server.restart(mode)
    await untilMore(1_000)
    writers.isOver = true
    const { errors } = await settleAll(callers)
    expect(errors).toEqual([])
    expect(writers.holders.overlaps).toEqual([])

    const counts = await countsAtRest(pool)
    expect(counts.total).toBe(sumOf(counts))
    expect(watch.mostConnections).toBeLessThanOrEqual(max + 1)
    expect(watch.count('connection:leased')).toBe(watch.count('connection:released'))
    // nobody fails but whoever held a connection that was lost: one caller for each
    expect(writers.failed.size).toBeLessThanOrEqual(pool.snapshot().totals.closed)
    await endPools([pool])

    const rows = await waitFor(() => table.rowsByTag(), { describe: 'the server to answer' })
    expect([...rows].filter(([, count]) => count !== 1)).toEqual([])
    expect(writers.acknowledged.filter((tag) => !rows.has(tag))).toEqual([])
    const known = new Set([...writers.acknowledged, ...writers.failed.keys()])
    expect([...rows.keys()].filter((tag) => !known.has(tag))).toEqual([])
  })
})
