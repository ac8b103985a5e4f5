import type { HealthAwarePool } from '@hale/pg'
import { type Dialect, Kysely, type PostgresDialectConfig } from 'kysely'
import { expectTypeOf } from 'vitest'
import { HealthAwareDialect, type HealthAwareDialectOptions } from '../src/index.ts'

const dialect = new HealthAwareDialect({ pool: { max: 4, health: { mode: 'observe' } } })
expectTypeOf(dialect).toExtend<Dialect>()
expectTypeOf(dialect.pool).toEqualTypeOf<HealthAwarePool>()
expectTypeOf(new Kysely<{ t: { a: number } }>({ dialect })).toExtend<Kysely<{ t: { a: number } }>>()

// what works with Kysely's PostgresDialect works here, and a HealthAwarePool works there
type Hooks = Pick<PostgresDialectConfig, 'cursor' | 'onCreateConnection' | 'onReserveConnection'>
expectTypeOf<Hooks>().toExtend<Omit<HealthAwareDialectOptions, 'pool'>>()
expectTypeOf<HealthAwarePool>().toExtend<Exclude<PostgresDialectConfig['pool'], () => unknown>>()
