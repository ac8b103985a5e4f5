import type { ConnectionHealthMonitor } from '@hale/core'
import type { HealthAwarePool, HealthAwarePoolOptions } from '@hale/pg'
import {
  type Dialect,
  type Generated,
  Kysely,
  PostgresDialect,
  type PostgresDialectConfig,
  type PostgresDriver,
  sql,
} from 'kysely'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { expectTypeOf } from 'vitest'
import {
  type ConnectionHook,
  HealthAwareDialect,
  type HealthAwareDialectOptions,
} from '../src/index.ts'

const dialect = new HealthAwareDialect({ pool: { max: 4, health: { mode: 'observe' } } })
expectTypeOf(dialect).toExtend<Dialect>()
expectTypeOf(dialect.pool).toEqualTypeOf<HealthAwarePool>()
expectTypeOf(dialect.monitor).toEqualTypeOf<ConnectionHealthMonitor>()
expectTypeOf(dialect.createDriver()).toExtend<Pick<PostgresDriver, 'destroy'>>()

// the pool: itself, its options, or a function that returns either, also as a promise
declare const pool: HealthAwarePool
declare const poolOptions: HealthAwarePoolOptions
new HealthAwareDialect({ pool })
new HealthAwareDialect({ pool: poolOptions })
new HealthAwareDialect({ pool: () => pool })
new HealthAwareDialect({ pool: () => poolOptions })
new HealthAwareDialect({ pool: async () => pool })
new HealthAwareDialect({ pool: async () => poolOptions })
// @ts-expect-error: a HealthAwarePool is what this is about
new HealthAwareDialect({ pool: 'postgres://localhost' })
// @ts-expect-error
new HealthAwareDialect({})
// @ts-expect-error: a mistyped option
new HealthAwareDialect({ pool, onCreateConection: async () => {} })

// what works with Kysely's PostgresDialect works here, and a HealthAwarePool works there
expectTypeOf<Omit<PostgresDialectConfig, 'pool'>>().toExtend<
  Omit<HealthAwareDialectOptions, 'pool'>
>()
expectTypeOf<HealthAwarePool>().toExtend<Exclude<PostgresDialectConfig['pool'], () => unknown>>()
expectTypeOf<() => Promise<HealthAwarePool>>().toExtend<HealthAwareDialectOptions['pool']>()
new HealthAwareDialect({ pool, cursor: Cursor, controlClient: pg.Client })
const hook: ConnectionHook = async (connection) => {
  expectTypeOf(connection.executeQuery).toBeFunction()
}
new PostgresDialect({ pool, onCreateConnection: hook, onReserveConnection: hook })
new HealthAwareDialect({ pool, onCreateConnection: hook, onReserveConnection: hook })

// what an application writes has the same type on both
interface Database {
  account: { id: Generated<number>; owner: string; balance: number | null }
}
const hale = new Kysely<Database>({ dialect })
const vanilla = new Kysely<Database>({ dialect: new PostgresDialect({ pool: new pg.Pool() }) })
expectTypeOf(hale).toEqualTypeOf(vanilla)

const use = (db: Kysely<Database>) => ({
  select: () => db.selectFrom('account').select(['id', 'balance as left']).execute(),
  returning: () => db.insertInto('account').values({ owner: 'ann' }).returningAll().execute(),
  updated: () => db.updateTable('account').set({ balance: 1 }).executeTakeFirst(),
  raw: () => sql<{ n: number }>`select 1 as n`.execute(db),
  within: () =>
    db.transaction().execute(async (trx) => trx.selectFrom('account').select('owner').execute()),
  stream: () => db.selectFrom('account').select('owner').stream(),
})
expectTypeOf(use(hale)).toEqualTypeOf(use(vanilla))
expectTypeOf(use(hale).select).returns.resolves.toEqualTypeOf<
  { id: number; left: number | null }[]
>()
expectTypeOf(use(hale).returning).returns.resolves.toEqualTypeOf<
  { id: number; owner: string; balance: number | null }[]
>()
expectTypeOf(use(hale).within).returns.resolves.toEqualTypeOf<{ owner: string }[]>()
expectTypeOf(use(hale).stream).returns.toEqualTypeOf<AsyncIterableIterator<{ owner: string }>>()
