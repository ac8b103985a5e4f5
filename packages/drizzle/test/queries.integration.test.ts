import { leaseEverySlot } from '@hale/testkit'
import { eq, sql } from 'drizzle-orm'
import { Cache, type MutationOption } from 'drizzle-orm/cache/core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { authors, books, createDrizzleWorld, type DrizzleWorld, pidOf } from './drizzle-world.ts'

let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

/** A Drizzle logger that keeps what is sent. */
function createStatementLog(): { statements: string[]; logQuery(query: string): void } {
  const statements: string[] = []
  return { statements, logQuery: (query) => void statements.push(query) }
}

describe('queries', () => {
  it('inserts, returns and selects', async () => {
    const db = world.open()
    const inserted = await db.insert(authors).values({ name: 'ann' }).returning()
    expect(inserted).toEqual([{ id: 1, name: 'ann' }])
    await db.update(authors).set({ name: 'bea' }).where(eq(authors.id, 1))
    expect(await db.select().from(authors)).toEqual([{ id: 1, name: 'bea' }])
    expect(await db.$count(authors)).toBe(1)
  })

  it('follows the relations of the schema', async () => {
    const db = world.open()
    await db.insert(authors).values({ name: 'ann' })
    await db.insert(books).values([
      { title: 'one', authorId: 1 },
      { title: 'two', authorId: 1 },
    ])
    const found = await db.query.authors.findFirst({
      with: { books: { columns: { title: true } } },
    })
    expect(found).toEqual({ id: 1, name: 'ann', books: [{ title: 'one' }, { title: 'two' }] })
  })

  it('runs prepared statements', async () => {
    const db = world.open({ max: 1 })
    await db.insert(authors).values([{ name: 'ann' }, { name: 'bea' }])
    const byId = db
      .select()
      .from(authors)
      .where(eq(authors.id, sql.placeholder('id')))
      .prepare('by_id')
    expect(await byId.execute({ id: 2 })).toEqual([{ id: 2, name: 'bea' }])
    expect(await byId.execute({ id: 1 })).toEqual([{ id: 1, name: 'ann' }])
  })

  it('keeps its connection through 50 unique violations', async () => {
    const db = world.open({ max: 1 })
    await db.insert(authors).values({ name: 'ann' })
    const pid = await pidOf(db)
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const violation = db.insert(authors).values({ name: 'ann' })
      await expect(violation).rejects.toMatchObject({ cause: { code: '23505' } })
    }
    expect(await pidOf(db)).toBe(pid)
    expect(db.$client.snapshot().totals.opened).toBe(1)
  })

  it('logs to the logger and tells the cache, inside of transactions too', async () => {
    const log = createStatementLog()
    const mutated: unknown[] = []
    class RecordingCache extends Cache {
      strategy = (): 'explicit' => 'explicit'
      get = async (): Promise<undefined> => undefined
      put = async (): Promise<void> => {}
      async onMutate({ tables }: MutationOption): Promise<void> {
        mutated.push(tables)
      }
    }
    const db = world.open({ max: 1 }, { logger: log, cache: new RecordingCache() })
    await db.transaction((tx) => tx.insert(authors).values({ name: 'ann' }))
    expect(log.statements).toEqual(['begin', expect.stringMatching(/^insert into/), 'commit'])
    expect(mutated).toEqual([['author']])
    await db.$cache.invalidate({ tables: 'book' })
    expect(mutated).toEqual([['author'], 'book'])
  })
})

describe('transactions', () => {
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

  it('keeps the connection of a transaction that a statement failed', async () => {
    const db = world.open({ max: 1 })
    const pid = await pidOf(db)
    const failing = db.transaction((tx) => tx.execute(sql`select 1 / 0`))
    await expect(failing).rejects.toMatchObject({ cause: { code: '22012' } })
    expect(await pidOf(db)).toBe(pid)
    expect(db.$client.snapshot().issues).toEqual([])
  })

  it('rolls a nested transaction back alone', async () => {
    const db = world.open({ max: 1 })
    await db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'outer' })
      const inner = tx.transaction(async (nested) => {
        await nested.insert(authors).values({ name: 'inner' })
        nested.rollback()
      })
      await expect(inner).rejects.toThrow('Rollback')
    })
    expect(await db.select({ name: authors.name }).from(authors)).toEqual([{ name: 'outer' }])
  })

  it('begins as its config says', async () => {
    const log = createStatementLog()
    const db = world.open({ max: 1 }, { logger: log })
    const show = sql`select current_setting('transaction_isolation') as level,
      current_setting('transaction_read_only') as read_only,
      current_setting('transaction_deferrable') as deferrable`
    const { rows } = await db.transaction((tx) => tx.execute(show), {
      isolationLevel: 'serializable',
      accessMode: 'read only',
      deferrable: true,
    })
    expect(rows).toEqual([{ level: 'serializable', read_only: 'on', deferrable: 'on' }])
    expect(log.statements[0]).toBe('begin isolation level serializable read only deferrable')
    await db.transaction((tx) => tx.execute(show), { deferrable: false })
    expect(log.statements).toContain('begin not deferrable')
  })

  it('sends nothing after a COMMIT that failed, and keeps the connection', async () => {
    const log = createStatementLog()
    const db = world.open({ max: 1 }, { logger: log })
    const pid = await pidOf(db)
    log.statements.length = 0
    const orphan = db.transaction((tx) =>
      tx.insert(books).values({ title: 'orphan', authorId: 404 }),
    )
    await expect(orphan).rejects.toMatchObject({ cause: { code: '23503' } })
    expect(log.statements).toEqual(['begin', expect.stringMatching(/^insert into/), 'commit'])
    expect(await pidOf(db)).toBe(pid)
    expect(await db.$count(books)).toBe(0)
    expect(db.$client.snapshot().issues).toEqual([])
  })

  it('keeps 30 concurrent transactions on 3 connections apart', async () => {
    const db = world.open({ max: 3 })
    const transact = (number: number): Promise<void> =>
      db.transaction(async (tx) => {
        await tx.insert(authors).values({ name: `${number}a` })
        await tx.insert(authors).values({ name: `${number}b` })
        if (number % 3 === 0) throw new Error('every third')
      })
    const numbers = Array.from({ length: 30 }, (_, index) => index)
    const outcomes = await Promise.allSettled(numbers.map(transact))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10)
    const rows = await db.select({ name: authors.name }).from(authors)
    const expected = numbers.filter((number) => number % 3 !== 0).flatMap((n) => [`${n}a`, `${n}b`])
    expect(rows.map(({ name }) => name).sort()).toEqual(expected.sort())
    expect(await leaseEverySlot(db.$client)).toBe(3)
  })
})
