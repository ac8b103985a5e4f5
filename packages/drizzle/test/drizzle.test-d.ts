import type { HealthAwarePool } from '@hale/pg'
import { drizzle as plainDrizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { expectTypeOf } from 'vitest'
import { createHealthAwareClient, drizzle, type HealthAwareDatabase } from '../src/index.ts'
import { schema } from './schema.ts'

const client = createHealthAwareClient({ max: 4 })
const db = drizzle(client, { schema, casing: 'snake_case', logger: true })
expectTypeOf(db).toEqualTypeOf<HealthAwareDatabase<typeof schema>>()
expectTypeOf(db.$client).toEqualTypeOf<HealthAwarePool>()
expectTypeOf(drizzle({ client, schema })).toEqualTypeOf(db)
expectTypeOf(drizzle<typeof schema>(client)).toEqualTypeOf(db)
expectTypeOf(drizzle(client)).toEqualTypeOf<HealthAwareDatabase>()

// Drizzle's own function says the same of a HealthAwarePool
expectTypeOf(plainDrizzle(client, { schema })).toEqualTypeOf(db)
expectTypeOf(plainDrizzle(client)).toEqualTypeOf(drizzle(client))

const plain = plainDrizzle(new pg.Pool(), { schema })
const findMany = () => db.query.authors.findMany({ with: { books: true }, columns: { id: true } })
const plainMany = () =>
  plain.query.authors.findMany({ with: { books: true }, columns: { id: true } })
expectTypeOf(findMany).toEqualTypeOf(plainMany)

const findFirst = () =>
  db.transaction((tx) => tx.query.authors.findFirst({ with: { books: true } }))
expectTypeOf<Awaited<ReturnType<typeof findFirst>>>().toEqualTypeOf<
  { id: number; name: string; books: { id: number; title: string; authorId: number }[] } | undefined
>()

// @ts-expect-error the relations of 1.0 are for its own entry
export const noRelations = (): unknown => drizzle(client, { relations: {} })
