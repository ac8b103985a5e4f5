import type { HealthAwarePool, HealthAwarePoolOptions } from '@hale/pg'
import { leaseEverySlot, untilLost, waitFor } from '@hale/testkit'
import { sql } from 'drizzle-orm'
import { drizzle as plainDrizzle } from 'drizzle-orm/node-postgres'
import { npmVersion } from 'drizzle-orm/version'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  authors,
  createDrizzleWorld,
  type DrizzleWorld,
  pidOf,
  thirty,
  writePair,
} from './drizzle-world.ts'

// What the README says of a HealthAwarePool in the hands of drizzle-orm/node-postgres itself.

const isV1 = npmVersion.startsWith('1.')
let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
})
afterEach(() => world.reset())
afterAll(() => world?.close())

function open(options: HealthAwarePoolOptions) {
  const client: HealthAwarePool = world.openPool(options)
  return plainDrizzle({ client })
}

async function names(): Promise<string[]> {
  const { rows } = await world.admin.query<{ name: string }>('select name from author order by id')
  return rows.map(({ name }) => name)
}

const changedItsMind = new Error('changed its mind')

describe('drizzle-orm/node-postgres on a HealthAwarePool', () => {
  it('keeps 30 transactions on 3 connections apart', async () => {
    const db = open({ max: 3 })
    await Promise.allSettled(thirty.map((number) => writePair(db, number)))
    expect(await names()).toHaveLength(40)
    expect(await leaseEverySlot(db.$client)).toBe(3)
  })

  it('keeps its connection through 20 unique violations', async () => {
    const db = open({ max: 1 })
    await db.insert(authors).values({ name: 'ann' })
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const violation = (async () => db.insert(authors).values({ name: 'ann' }))()
      await expect(violation).rejects.toMatchObject({ cause: { code: '23505' } })
    }
    expect(db.$client.snapshot().totals.opened).toBe(1)
  })

  it('lives on when a backend dies while its transaction idles', async () => {
    const db = open({ max: 1 })
    const transaction = db.transaction(async (tx) => {
      const pid = await pidOf(tx)
      await world.terminate(pid)
      await untilLost(db.$client, pid)
      await tx.insert(authors).values({ name: 'ann' })
    })
    await expect(transaction).rejects.toMatchObject({
      query: isV1 ? expect.stringMatching(/^insert/) : 'rollback',
    })
    expect(await leaseEverySlot(db.$client)).toBe(1)
  })
})

describe('what is missing there', () => {
  const badConfig = { isolationLevel: 'no such level' as 'serializable' }

  it.runIf(!isV1)('is the slot of a BEGIN that failed: the pool says that it leaked', async () => {
    const db = open({ max: 1, leakDetection: { afterMs: 100 }, endTimeoutMs: 0 })
    const refused = db.transaction(async () => {}, badConfig)
    await expect(refused).rejects.toMatchObject({ cause: { code: '42601' } })
    db.$client.options.connectionTimeoutMillis = 500 // not for the opening
    await waitFor(() => db.$client.snapshot().issues.some(({ type }) => type === 'connection_leak'))
    await expect(pidOf(db)).rejects.toMatchObject({ cause: { reason: 'leaked' } })
  })

  it.runIf(!isV1)('is that slot no longer where the pool may reclaim it', async () => {
    const db = open({ max: 1, leakDetection: { afterMs: 100, reclaim: true } })
    await expect(db.transaction(async () => {}, badConfig)).rejects.toThrow()
    expect(await pidOf(db)).toBeGreaterThan(0)
  })

  it.runIf(isV1)('is no slot of a BEGIN that failed: 1.0 gives it back', async () => {
    const db = open({ max: 1 })
    await expect(db.transaction(async () => {}, badConfig)).rejects.toThrow()
    expect(await leaseEverySlot(db.$client)).toBe(1)
  })

  it('is the first error of 0.45, at any level, when its rollback fails', async () => {
    for (const depth of [0, 1]) {
      const db = open({ max: 1 })
      const failed = db.transaction(async (tx) => {
        const failing = async (inner: Pick<typeof tx, 'execute'>): Promise<void> => {
          const pid = await pidOf(inner)
          await world.terminate(pid)
          await untilLost(db.$client, pid)
          throw changedItsMind
        }
        return depth === 0 ? failing(tx) : tx.transaction(failing)
      })
      if (isV1) await expect(failed).rejects.toBe(changedItsMind)
      else await expect(failed).rejects.toMatchObject({ query: 'rollback' })
    }
  })

  it('is any word of a COMMIT that was answered by ROLLBACK', async () => {
    const db = open({ max: 1 })
    const swallowed = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'gone' })
      await tx.execute(sql`select 1 / 0`).catch(() => {})
    })
    await expect(swallowed).resolves.toBeUndefined()
    expect(await names()).toEqual([])
  })

  it('is any word of a COMMIT that took effect without an answer', async () => {
    const db = open({ max: 1 })
    world.whenSent('commit', (link) => link.dropAfter(1, 'down'))
    const unknown = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'committed' })
    })
    await expect(unknown).rejects.toMatchObject({ query: isV1 ? 'commit' : 'rollback' })
    expect(await names()).toEqual(['committed'])
  })

  it('is the rollback of a nested transaction that pg gave up before it was sent', async () => {
    const db = open({ max: 1, query_timeout: 300 })
    world.stallAt("insert into author (name) values ('inner')", 750)
    await db.transaction(async (tx) => {
      const inner = tx.transaction(async (nested) =>
        nested.execute(sql`insert into author (name) values ('inner')`),
      )
      await expect(inner).rejects.toThrow()
    })
    expect(await names()).toEqual(['inner']) // committed, although it was rejected
  })
})
