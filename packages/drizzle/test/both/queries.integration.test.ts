import type { HealthAwareDatabase } from '@hale/drizzle'
import { waitFor } from '@hale/testkit'
import { and, asc, count, desc, eq, gt, sql } from 'drizzle-orm'
import { Cache, type MutationOption } from 'drizzle-orm/cache/core'
import { drizzle as plainDrizzle } from 'drizzle-orm/node-postgres'
import {
  bigint,
  boolean,
  date,
  integer,
  interval,
  jsonb,
  numeric,
  pgTable,
  serial,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  authors,
  books,
  createDrizzleWorld,
  createStatementLog,
  type DrizzleWorld,
  pidOf,
} from './drizzle-world.ts'

const things = pgTable('thing', {
  id: serial('id').primaryKey(),
  at: timestamp('at', { withTimezone: true }),
  local: timestamp('local', { mode: 'string' }),
  day: date('day'),
  took: interval('took'),
  amount: numeric('amount', { precision: 20, scale: 4 }),
  big: bigint('big', { mode: 'bigint' }),
  tags: text('tags').array(),
  scores: integer('scores').array(),
  body: jsonb('body'),
  key: uuid('key'),
  isOn: boolean('is_on'),
})
const thing = {
  at: new Date('2026-01-02T03:04:05.678Z'),
  local: '2026-01-02 03:04:05',
  day: '2026-01-02',
  took: '01:02:03',
  amount: '12345678901234.5678',
  big: 9_007_199_254_740_993n,
  tags: ['a', 'b "c"', ''],
  scores: [1, 2],
  body: { deep: [1, { er: null }] },
  key: '0f8fad5b-d9cb-469f-a165-70867728950e',
  isOn: true,
}

let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
  await world.admin.query(`create table thing (
    id serial primary key, at timestamptz, local timestamp, day date, took interval,
    amount numeric(20, 4), big bigint, tags text[], scores int[], body jsonb, key uuid, is_on boolean
  )`)
})
afterEach(async () => {
  await world.reset()
  await world.admin.query('truncate thing restart identity')
})
afterAll(() => world?.close())

type Database = Omit<HealthAwareDatabase, '$client'>

/** Everything that a program may do with a database, and what comes of it. */
const program: readonly ((db: Database) => PromiseLike<unknown>)[] = [
  (db) =>
    db
      .insert(authors)
      .values([{ name: 'ann' }, { name: 'bea' }, { name: 'cleo' }])
      .returning(),
  (db) =>
    db.insert(books).values([
      { title: 'one', authorId: 1 },
      { title: 'two', authorId: 1 },
      { title: 'three', authorId: 2 },
    ]),
  (db) => db.insert(things).values(thing).returning(),
  (db) => db.insert(authors).values({ name: 'ann' }).onConflictDoNothing().returning(),
  (db) => db.insert(authors).values({ name: 'ann' }),
  (db) => db.select().from(things),
  (db) =>
    db
      .select({ author: authors.name, title: books.title })
      .from(authors)
      .leftJoin(books, eq(books.authorId, authors.id))
      .where(and(gt(authors.id, 0), sql`true`))
      .orderBy(asc(authors.id), desc(books.id)),
  (db) => db.select().from(authors).innerJoin(books, eq(books.authorId, authors.id)).limit(1),
  (db) => db.selectDistinct({ authorId: books.authorId }).from(books).orderBy(books.authorId),
  (db) => db.select({ written: count() }).from(books).groupBy(books.authorId).orderBy(count()),
  (db) => {
    const prolific = db
      .$with('prolific')
      .as(
        db
          .select({ id: books.authorId })
          .from(books)
          .groupBy(books.authorId)
          .having(gt(count(), 1)),
      )
    return db.with(prolific).select().from(prolific)
  },
  (db) => db.$count(books),
  (db) => db.$count(books, eq(books.authorId, 1)),
  (db) => db.update(authors).set({ name: 'dora' }).where(eq(authors.id, 3)).returning(),
  (db) => db.delete(authors).where(eq(authors.id, 3)).returning({ id: authors.id }),
  async (db) => {
    const byId = db
      .select()
      .from(authors)
      .where(eq(authors.id, sql.placeholder('id')))
    const prepared = byId.prepare('author_by_id')
    return [await prepared.execute({ id: 1 }), await prepared.execute({ id: 2 }), byId.toSQL()]
  },
  (db) => db.execute<{ n: number }>(sql`select ${1}::int as n`),
  (db) => db.execute(sql`select nothing from nowhere`),
  (db) =>
    db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'eva' })
      const inner = tx.transaction(async (nested) => {
        await nested.insert(authors).values({ name: 'fay' })
        nested.rollback()
      })
      await inner.catch(() => {})
      return [await tx.select().from(authors).orderBy(authors.id), await tx.$count(authors)]
    }),
  (db) => db.transaction(async (tx) => void (await tx.execute(sql`select 1 / 0`))),
  (db) =>
    db.transaction(async (tx) => void (await tx.insert(books).values({ title: 'x', authorId: 9 }))),
]

async function runProgram(db: Database): Promise<unknown[]> {
  const outcomes: unknown[] = []
  for (const step of program) outcomes.push(await outcomeOf(() => step(db)))
  return outcomes
}

async function outcomeOf(step: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    return { result: withoutParsers(await step()) }
  } catch (error) {
    const { message, query, params, cause } = error as Error & { query: string; params: unknown[] }
    const { code, message: causeMessage } = (cause ?? {}) as { code?: string; message?: string }
    return { error: error?.constructor.name, message, query, params, code, causeMessage }
  }
}

/** A result of pg's without its functions, of which each has its own. */
function withoutParsers(result: unknown): unknown {
  if (!(result instanceof pg.Result)) return result
  const { rows, rowCount, command, fields } = result
  return { rows, rowCount, command, fields }
}

describe('a HealthAwareDatabase', () => {
  it('sends and gives what drizzle-orm/node-postgres does on a pg.Pool', async () => {
    const [ownLog, plainLog] = [createStatementLog(), createStatementLog()]
    const own = await runProgram(world.open({ max: 1 }, { logger: ownLog }))
    await world.reset()
    await world.admin.query('truncate thing restart identity')
    const client = new pg.Pool({ ...world.poolOptions, max: 1 })
    const plain = await runProgram(plainDrizzle({ client, logger: plainLog }))
    await client.end()
    expect(own).toEqual(plain)
    // Drizzle sends a rollback after a COMMIT that was refused, to no effect but a warning
    expect(plainLog.statements).toEqual([...ownLog.statements, 'rollback'])
    expect(own).toContainEqual(
      expect.objectContaining({ error: 'DrizzleQueryError', code: '23503' }),
    )
    expect(own).toContainEqual({ result: [expect.objectContaining(thing)] })
  })

  it('names a prepared statement to the server, which keeps it for the connection', async () => {
    const db = world.open({ max: 1 })
    await db.insert(authors).values([{ name: 'ann' }, { name: 'bea' }])
    const byId = db
      .select()
      .from(authors)
      .where(eq(authors.id, sql.placeholder('id')))
      .prepare('by_id')
    expect(await byId.execute({ id: 2 })).toEqual([{ id: 2, name: 'bea' }])
    expect(await byId.execute({ id: 1 })).toEqual([{ id: 1, name: 'ann' }])
    const { rows } = await db.execute<{ name: string }>(
      sql`select name from pg_prepared_statements where name = 'by_id'`,
    )
    expect(rows).toEqual([{ name: 'by_id' }])
  })

  it('keeps its connection through 50 unique violations', async () => {
    const db = world.open({ max: 1 })
    await db.insert(authors).values({ name: 'ann' })
    const pid = await pidOf(db)
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const violation = (async () => db.insert(authors).values({ name: 'ann' }))()
      await expect(violation).rejects.toMatchObject({ cause: { code: '23505' } })
    }
    expect(await pidOf(db)).toBe(pid)
    expect(db.$client.snapshot().totals.opened).toBe(1)
  })

  it('goes on after its backend died between two queries', async () => {
    const db = world.open({ max: 1 })
    const pid = await pidOf(db)
    await world.terminate(pid)
    await waitFor(() => db.$client.snapshot().connections.every((each) => each.processId !== pid))
    expect(await pidOf(db)).not.toBe(pid)
  })
})

/** Keeps the rows of a query until a table of it is changed. */
class TableCache extends Cache {
  readonly mutated: unknown[] = []
  readonly #kept = new Map<string, { readonly rows: unknown[]; readonly tables: string[] }>()
  strategy(): 'explicit' {
    return 'explicit'
  }
  // biome-ignore lint/suspicious/noExplicitAny: the signature of Drizzle's Cache
  async get(key: string): Promise<any[] | undefined> {
    return this.#kept.get(key)?.rows
  }
  // biome-ignore lint/suspicious/noExplicitAny: the signature of Drizzle's Cache
  async put(key: string, rows: any, tables: string[]): Promise<void> {
    this.#kept.set(key, { rows, tables })
  }
  async onMutate({ tables }: MutationOption): Promise<void> {
    this.mutated.push(tables)
    for (const [key, kept] of this.#kept) {
      if (kept.tables.some((table) => [tables].flat().includes(table))) this.#kept.delete(key)
    }
  }
}

describe('the config', () => {
  it('has its cache answer, and told of changes, inside of transactions too', async () => {
    const log = createStatementLog()
    const cache = new TableCache()
    const db = world.open({ max: 1 }, { logger: log, cache })
    const found = (): PromiseLike<unknown> => db.select().from(authors).$withCache()
    expect(await found()).toEqual([])
    await world.admin.query("insert into author (name) values ('unnoticed')")
    expect(await found()).toEqual([])
    await db.transaction(async (tx) => void (await tx.insert(authors).values({ name: 'ann' })))
    expect(cache.mutated).toEqual([['author']])
    expect(await found()).toHaveLength(2)
    await db.$cache.invalidate({ tables: 'book' })
    expect(cache.mutated).toEqual([['author'], 'book'])
  })

  it('has its logger told of every statement, inside of transactions too', async () => {
    const log = createStatementLog()
    const db = world.open({ max: 1 }, { logger: log })
    await db.transaction(async (tx) => tx.transaction(async (nested) => pidOf(nested)))
    expect(log.statements).toEqual([
      'begin',
      'savepoint sp1',
      'select pg_backend_pid() as pid',
      'release savepoint sp1',
      'commit',
    ])
  })
})
