import { TransactionAbortedError } from '@hale/pg'
import { leaseEverySlot, untilLost } from '@hale/testkit'
import { sql, TransactionRollbackError } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  authors,
  createDrizzleWorld,
  createStatementLog,
  type DrizzleWorld,
  pidOf,
} from './drizzle-world.ts'

let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
})
afterEach(() => world.reset())
afterAll(() => world?.close())

const changedItsMind = new Error('changed its mind')

async function names(): Promise<string[]> {
  const { rows } = await world.admin.query<{ name: string }>('select name from author order by id')
  return rows.map(({ name }) => name)
}

describe('a nested transaction', () => {
  it('is rolled back alone, and sends what Drizzle would', async () => {
    const log = createStatementLog()
    const db = world.open({ max: 1 }, { logger: log })
    await db.transaction(async (tx) => {
      const inner = tx.transaction(async (nested) => {
        await nested.insert(authors).values({ name: 'inner' })
        await nested.transaction(async (deeper) => {
          await deeper.insert(authors).values({ name: 'deeper' })
        })
        nested.rollback()
      })
      await expect(inner).rejects.toBeInstanceOf(TransactionRollbackError)
      await tx.transaction(async (nested) => {
        await nested.insert(authors).values({ name: 'kept' })
      })
    })
    expect(await names()).toEqual(['kept'])
    expect(log.statements.filter((text) => !text.startsWith('insert'))).toEqual([
      'begin',
      'savepoint sp1',
      'savepoint sp2',
      'release savepoint sp2',
      'rollback to savepoint sp1',
      'savepoint sp1',
      'release savepoint sp1',
      'commit',
    ])
  })

  it('gives back what it resolved to, at every level', async () => {
    const db = world.open({ max: 1 })
    const result = await db.transaction((tx) =>
      tx.transaction((nested) => nested.transaction(async () => 'from the third level')),
    )
    expect(result).toBe('from the third level')
  })

  it('lets the transaction go on after a statement of it failed', async () => {
    const db = world.open({ max: 1 })
    await db.transaction(async (tx) => {
      const inner = tx.transaction(async (nested) => nested.execute(sql`select 1 / 0`))
      await expect(inner).rejects.toMatchObject({ cause: { code: '22012' } })
      await tx.insert(authors).values({ name: 'kept' })
    })
    expect(await names()).toEqual(['kept'])
  })

  it('fails with what its release fails with, where it swallowed an error', async () => {
    const db = world.open({ max: 1 })
    await db.transaction(async (tx) => {
      const inner = tx.transaction(async (nested) => {
        await nested.execute(sql`select 1 / 0`).catch(() => {})
      })
      await expect(inner).rejects.toMatchObject({
        query: 'release savepoint sp1',
        cause: { code: '25P02' },
      })
      await tx.insert(authors).values({ name: 'kept' })
    })
    expect(await names()).toEqual(['kept'])
  })

  it.each([1, 2, 3])('keeps its error when the backend dies, at level %i', async (depth) => {
    const db = world.open({ max: 1 })
    type Transaction = Parameters<Parameters<typeof db.transaction>[0]>[0]
    const nest = async (tx: Transaction, level: number): Promise<void> => {
      if (level > 0) return tx.transaction((nested) => nest(nested, level - 1))
      const pid = await pidOf(tx)
      await world.terminate(pid)
      await untilLost(db.$client, pid)
      throw changedItsMind
    }
    await expect(db.transaction((tx) => nest(tx, depth))).rejects.toBe(changedItsMind)
    expect(await leaseEverySlot(db.$client)).toBe(1)
  })

  it('keeps its error when its savepoint is gone', async () => {
    const db = world.open({ max: 1 })
    const transaction = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'gone' })
      const inner = tx.transaction(async (nested) => {
        await nested.execute(sql`release savepoint sp1`)
        throw changedItsMind
      })
      await expect(inner).rejects.toBe(changedItsMind)
    })
    await expect(transaction).rejects.toMatchObject({
      query: 'rollback to savepoint sp1',
      cause: { code: '3B001' },
    })
    expect(await names()).toEqual([])
    expect(await leaseEverySlot(db.$client)).toBe(1)
  })

  it('is never committed when pg gave its rollback up before it was sent', async () => {
    const db = world.open({ max: 1, query_timeout: 300 })
    world.stallAt("insert into author (name) values ('inner')", 750)
    const transaction = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'outer' })
      const inner = tx.transaction(async (nested) =>
        nested.execute(sql`insert into author (name) values ('inner')`),
      )
      // its rollback waits behind it in pg's queue, which drops what waits for too long
      await expect(inner).rejects.toMatchObject({ query: expect.stringMatching(/^insert/) })
    })
    await expect(transaction).rejects.toMatchObject({
      query: 'rollback to savepoint sp1',
      cause: { message: 'Query read timeout' },
    })
    expect(await leaseEverySlot(db.$client)).toBe(1)
    expect(await names()).toEqual([])
  })

  it('that swallowed an error outside of any savepoint aborts the whole', async () => {
    const db = world.open({ max: 1 })
    const transaction = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'gone' })
      await tx.transaction(async () => {})
      await tx.execute(sql`select 1 / 0`).catch(() => {})
    })
    await expect(transaction).rejects.toBeInstanceOf(TransactionAbortedError)
    expect(await names()).toEqual([])
  })
})
