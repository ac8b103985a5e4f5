import { createHealthAwareClient, drizzle } from '@hale/drizzle'
import type { HealthAwarePool } from '@hale/pg'
import { eq, sql } from 'drizzle-orm'
import { drizzle as plainDrizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { expectTypeOf } from 'vitest'
import { authors, books } from './drizzle-world.ts'

const client = createHealthAwareClient({ max: 4 })
expectTypeOf(client).toEqualTypeOf<HealthAwarePool>()

const own = drizzle({ client })
const plain = plainDrizzle({ client: new pg.Pool() })
expectTypeOf(own.$client).toEqualTypeOf<HealthAwarePool>()
expectTypeOf<Omit<typeof own, '$client'>>().toEqualTypeOf<Omit<typeof plain, '$client'>>()
// Drizzle's own function says the same of a HealthAwarePool
expectTypeOf(own).toEqualTypeOf(plainDrizzle({ client }))
expectTypeOf(drizzle.mock()).toEqualTypeOf(plainDrizzle.mock())

class TenantPool extends pg.Pool {}
declare const tenantPool: HealthAwarePool & TenantPool
expectTypeOf(drizzle({ client: tenantPool }).$client).toEqualTypeOf(tenantPool)

/** What the statements of a program give, by database. */
async function ownResults() {
  const insert = own.insert(authors).values({ name: 'ann' })
  return {
    insert: await insert,
    returning: await insert.returning({ id: authors.id }),
    update: await own.update(authors).set({ name: 'bea' }).returning(),
    remove: await own.delete(authors),
    select: await own.select().from(authors).leftJoin(books, eq(books.authorId, authors.id)),
    partial: await own.select({ upper: sql<string>`upper(${authors.name})` }).from(authors),
    count: await own.$count(authors),
    execute: await own.execute<{ one: number }>(sql`select 1 as one`),
    prepared: await own.select().from(books).prepare('books').execute(),
    transaction: await own.transaction(async (tx) => {
      expectTypeOf(tx).toEqualTypeOf<Transaction>()
      return tx.transaction(async (nested) => nested.select().from(books))
    }),
  }
}
async function plainResults() {
  const insert = plain.insert(authors).values({ name: 'ann' })
  return {
    insert: await insert,
    returning: await insert.returning({ id: authors.id }),
    update: await plain.update(authors).set({ name: 'bea' }).returning(),
    remove: await plain.delete(authors),
    select: await plain.select().from(authors).leftJoin(books, eq(books.authorId, authors.id)),
    partial: await plain.select({ upper: sql<string>`upper(${authors.name})` }).from(authors),
    count: await plain.$count(authors),
    execute: await plain.execute<{ one: number }>(sql`select 1 as one`),
    prepared: await plain.select().from(books).prepare('books').execute(),
    transaction: await plain.transaction(async (tx) =>
      tx.transaction(async (nested) => nested.select().from(books)),
    ),
  }
}
type Transaction = Parameters<Parameters<typeof plain.transaction>[0]>[0]
expectTypeOf(ownResults).toEqualTypeOf<typeof plainResults>()
expectTypeOf<Awaited<ReturnType<typeof ownResults>>['returning']>().toEqualTypeOf<
  { id: number }[]
>()
expectTypeOf(own.transaction).parameters.toEqualTypeOf<Parameters<typeof plain.transaction>>()

// @ts-expect-error a connection string is for Drizzle's own pool
export const noPool = (): unknown => drizzle('postgres://localhost/db')
// @ts-expect-error as is a connection
export const noClient = (): unknown => drizzle({ connection: 'postgres://localhost/db' })
// @ts-expect-error and a pg.Pool keeps no connection healthy
export const plainPool = (): unknown => drizzle({ client: new pg.Pool() })
