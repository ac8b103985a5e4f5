import type { HealthAwarePool } from '@hale/pg'
import { drizzle as plainDrizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { expectTypeOf } from 'vitest'
import { createHealthAwareClient, drizzle, type HealthAwareDatabase } from '../../src/v1/index.ts'
import { relations } from './schema.ts'

const client = createHealthAwareClient({ max: 4 })
const db = drizzle({ client, relations, logger: true, jit: true, paramsInErrors: true })
expectTypeOf(db).toEqualTypeOf<HealthAwareDatabase<typeof relations>>()
expectTypeOf(db.$client).toEqualTypeOf<HealthAwarePool>()
expectTypeOf(drizzle<typeof relations>({ client })).toEqualTypeOf(db)
expectTypeOf(drizzle({ client })).toEqualTypeOf<HealthAwareDatabase>()

// Drizzle's own function says the same of a HealthAwarePool
expectTypeOf(plainDrizzle({ client, relations })).toEqualTypeOf(db)

const plain = plainDrizzle({ client: new pg.Pool(), relations })
const findMany = () => db.query.authors.findMany({ with: { books: true }, columns: { id: true } })
const plainMany = () =>
  plain.query.authors.findMany({ with: { books: true }, columns: { id: true } })
expectTypeOf(findMany).toEqualTypeOf(plainMany)

const findFirst = () =>
  db.transaction(async (tx) => tx.query.authors.findFirst({ with: { books: true } }))
expectTypeOf<Awaited<ReturnType<typeof findFirst>>>().toEqualTypeOf<
  { id: number; name: string; books: { id: number; title: string; authorId: number }[] } | undefined
>()

// @ts-expect-error Drizzle 1.0 takes no client as such: it would open a pool of its own
export const positional = (): unknown => drizzle(client)
// @ts-expect-error the schema of 0.45 is for its own entry
export const noSchema = (): unknown => drizzle({ client, schema: {} })
