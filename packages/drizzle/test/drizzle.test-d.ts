import type { HealthAwarePool } from '@hale/pg'
import { type NodePgDatabase, drizzle as plainDrizzle } from 'drizzle-orm/node-postgres'
import { expectTypeOf } from 'vitest'
import { createHealthAwareClient, drizzle, type HealthAwareDatabase } from '../src/index.ts'
import { type Schema, schema } from './drizzle-world.ts'

const client = createHealthAwareClient({ max: 4 })
expectTypeOf(client).toEqualTypeOf<HealthAwarePool>()

const db = drizzle(client, { schema })
export const plain: NodePgDatabase<typeof schema> = db
expectTypeOf(db.$client).toEqualTypeOf<HealthAwarePool>()
expectTypeOf(db).toEqualTypeOf<HealthAwareDatabase<Schema>>()
expectTypeOf(drizzle({ client, schema })).toEqualTypeOf<HealthAwareDatabase<Schema>>()
expectTypeOf(drizzle(client)).toEqualTypeOf<HealthAwareDatabase>()

// Drizzle's own function says the same of a HealthAwarePool
expectTypeOf(plainDrizzle(client, { schema })).toExtend<typeof db>()

const findFirst = () => db.query.authors.findFirst({ with: { books: true } })
expectTypeOf<Awaited<ReturnType<typeof findFirst>>>().toEqualTypeOf<
  { id: number; name: string; books: { id: number; title: string; authorId: number }[] } | undefined
>()

// @ts-expect-error a connection string is for Drizzle's own pool
export const noPool = (): unknown => drizzle('postgres://localhost/db')
// @ts-expect-error as is a connection
export const noClient = (): unknown => drizzle({ connection: 'postgres://localhost/db' })
