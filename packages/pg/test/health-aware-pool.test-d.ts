import type pg from 'pg'
import { expectTypeOf } from 'vitest'
import type { HealthAwarePool } from '../src/index.ts'

// Checked by the compiler alone: a program that compiles against pg.Pool compiles against this.
declare const pool: HealthAwarePool
declare const vanilla: pg.Pool

expectTypeOf<HealthAwarePool>().toExtend<pg.Pool>()
expectTypeOf<HealthAwarePool['query']>().toEqualTypeOf<pg.Pool['query']>()

const row = await pool.query<{ id: number }>('select 1 as id')
expectTypeOf(row).toEqualTypeOf<pg.QueryResult<{ id: number }>>()
expectTypeOf(await pool.query('select 1')).toEqualTypeOf(await vanilla.query('select 1'))

const inArrays = { text: 'select 1', rowMode: 'array' } as const
expectTypeOf(await pool.query(inArrays)).toEqualTypeOf(await vanilla.query(inArrays))
expectTypeOf(await pool.connect()).toEqualTypeOf<pg.PoolClient>()
