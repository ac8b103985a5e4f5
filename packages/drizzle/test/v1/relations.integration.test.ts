import { sql } from 'drizzle-orm'
import { drizzle as plainDrizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { drizzle, type HealthAwareDatabase } from '../../src/v1/index.ts'
import { authors, books, createDrizzleWorld, type DrizzleWorld } from '../both/drizzle-world.ts'
import { relations } from './schema.ts'

let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
})
afterEach(() => world.reset())
afterAll(() => world?.close())

type Database = Pick<HealthAwareDatabase<typeof relations>, 'query' | 'insert'>

async function readWithRelations(db: Database): Promise<unknown> {
  const byTitle = db.query.books
    .findFirst({ where: { title: sql.placeholder('title') }, with: { author: true } })
    .prepare('book_by_title')
  return [
    await db.query.authors.findMany({
      with: { books: { columns: { title: true }, orderBy: { id: 'desc' }, limit: 2 } },
      orderBy: { name: 'asc' },
    }),
    await db.query.authors.findFirst({ where: { name: 'nobody' }, with: { books: true } }),
    await byTitle.execute({ title: 'two' }),
    db.query.books.findMany({ with: { author: true } }).toSQL(),
  ]
}

describe('relational queries', () => {
  it.each([true, false])('find what they find on a pg.Pool, with jit: %s', async (jit) => {
    const db = drizzle({ client: world.openPool({ max: 1 }), relations, jit })
    await db.insert(authors).values([{ name: 'bea' }, { name: 'ann' }])
    const titles = ['one', 'two', 'three'].map((title) => ({ title, authorId: 1 }))
    await db.insert(books).values(titles)
    const client = new pg.Pool(world.poolOptions)
    const plain = await readWithRelations(plainDrizzle({ client, relations, jit }))
    await client.end()
    expect(await readWithRelations(db)).toEqual(plain)
    expect(plain).toMatchObject([
      [{ name: 'ann' }, { books: [{ title: 'three' }, {}] }],
      undefined,
      {},
      {},
    ])
    const nested = db.transaction((tx) => tx.transaction((inner) => readWithRelations(inner)))
    expect(await nested).toEqual(plain)
  })
})
