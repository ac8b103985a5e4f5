import { TransactionAbortedError } from '@hale/pg'
import { leaseEverySlot } from '@hale/testkit'
import { DrizzleQueryError, sql, TransactionRollbackError } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  authors,
  books,
  createDrizzleWorld,
  createStatementLog,
  type DrizzleWorld,
  pidOf,
  thirty,
  writePair,
} from './drizzle-world.ts'

let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
})
afterEach(() => world.reset())
afterAll(() => world?.close())

const showModes = sql`select current_setting('transaction_isolation') as level,
  current_setting('transaction_read_only') as read_only,
  current_setting('transaction_deferrable') as deferrable`

describe('a transaction', () => {
  it('commits what resolves and rolls back what throws, with the error thrown', async () => {
    const db = world.open({ max: 1 })
    const raised: string[] = []
    db.$client.monitor.on('issue:raised', ({ issue }) => raised.push(issue.type))
    const changedItsMind = new Error('changed its mind')
    const returned = await db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'kept' })
      return 'committed'
    })
    expect(returned).toBe('committed')
    const rolledBack = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'gone' })
      throw changedItsMind
    })
    await expect(rolledBack).rejects.toBe(changedItsMind)
    expect(await db.select({ name: authors.name }).from(authors)).toEqual([{ name: 'kept' }])
    expect(raised).toEqual([]) // no transaction was left for the pool to roll back
    expect(db.$client.snapshot().totals.opened).toBe(1)
  })

  it('keeps its connection when a statement of it fails', async () => {
    const db = world.open({ max: 1 })
    const pid = await pidOf(db)
    const failing = db.transaction(async (tx) => tx.execute(sql`select 1 / 0`))
    await expect(failing).rejects.toMatchObject({ cause: { code: '22012' } })
    await expect(failing).rejects.toBeInstanceOf(DrizzleQueryError)
    expect(await pidOf(db)).toBe(pid)
    expect(db.$client.snapshot().issues).toEqual([])
  })

  it('is rolled back by tx.rollback()', async () => {
    const db = world.open({ max: 1 })
    const rolledBack = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'gone' })
      tx.rollback()
    })
    await expect(rolledBack).rejects.toBeInstanceOf(TransactionRollbackError)
    expect(await db.$count(authors)).toBe(0)
  })

  it('begins as its config says', async () => {
    const log = createStatementLog()
    const db = world.open({ max: 1 }, { logger: log })
    const { rows } = await db.transaction(
      async (tx) => tx.execute<Record<string, string>>(showModes),
      {
        isolationLevel: 'serializable',
        accessMode: 'read only',
        deferrable: true,
      },
    )
    expect(rows).toEqual([{ level: 'serializable', read_only: 'on', deferrable: 'on' }])
    expect(log.statements[0]).toBe('begin isolation level serializable read only deferrable')
    await db.transaction(async (tx) => tx.execute<Record<string, string>>(showModes), {
      deferrable: false,
    })
    expect(log.statements).toContain('begin not deferrable')
  })

  it('takes other modes from setTransaction', async () => {
    const db = world.open({ max: 1 })
    const { rows } = await db.transaction(async (tx) => {
      await tx.setTransaction({ isolationLevel: 'repeatable read', accessMode: 'read only' })
      return tx.execute<Record<string, string>>(showModes)
    })
    expect(rows).toEqual([{ level: 'repeatable read', read_only: 'on', deferrable: 'off' }])
  })

  it('sends nothing after a COMMIT that failed, and keeps the connection', async () => {
    const log = createStatementLog()
    const db = world.open({ max: 1 }, { logger: log })
    const pid = await pidOf(db)
    log.statements.length = 0
    const orphan = db.transaction(async (tx) => {
      await tx.insert(books).values({ title: 'orphan', authorId: 404 })
    })
    await expect(orphan).rejects.toMatchObject({ query: 'commit', cause: { code: '23503' } })
    expect(log.statements).toEqual(['begin', expect.stringMatching(/^insert into/), 'commit'])
    expect(await pidOf(db)).toBe(pid)
    expect(await db.$count(books)).toBe(0)
    expect(db.$client.snapshot().issues).toEqual([])
  })

  it('says so when its COMMIT was answered by ROLLBACK', async () => {
    const db = world.open({ max: 1 })
    const swallowed = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'gone' })
      await tx.execute(sql`select 1 / 0`).catch(() => {})
    })
    await expect(swallowed).rejects.toBeInstanceOf(TransactionAbortedError)
    expect(await db.$count(authors)).toBe(0)
    expect(db.$client.snapshot().totals.opened).toBe(1)
  })

  it('is kept apart from 29 others on 3 connections', async () => {
    const db = world.open({ max: 3 })
    const outcomes = await Promise.allSettled(thirty.map((number) => writePair(db, number)))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10)
    const rows = await db.select({ name: authors.name }).from(authors)
    const expected = thirty.filter((number) => number % 3 !== 0).flatMap((n) => [`${n}a`, `${n}b`])
    expect(rows.map(({ name }) => name).sort()).toEqual(expected.sort())
    expect(await leaseEverySlot(db.$client)).toBe(3)
  })
})
