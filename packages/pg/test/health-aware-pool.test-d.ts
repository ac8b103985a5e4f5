import type { WatchedManager, WatchedPool } from '@hale/core'
import type pg from 'pg'
import { expectTypeOf } from 'vitest'
import type { HealthAwareConnectionManager, HealthAwarePool } from '../src/index.ts'

// Checked by the compiler alone: a program that compiles against pg.Pool compiles against this.
declare const pool: HealthAwarePool
declare const vanilla: pg.Pool

expectTypeOf<HealthAwarePool>().toExtend<pg.Pool>()
expectTypeOf<HealthAwarePool>().toExtend<WatchedPool>()
expectTypeOf<HealthAwareConnectionManager>().toExtend<WatchedManager>()
expectTypeOf<HealthAwarePool['query']>().toExtend<pg.Pool['query']>()

const row = await pool.query<{ id: number }>('select 1 as id')
expectTypeOf(row).toEqualTypeOf<pg.QueryResult<{ id: number }>>()
expectTypeOf(await pool.query('select 1')).toEqualTypeOf(await vanilla.query('select 1'))

const inArrays = { text: 'select 1', rowMode: 'array' } as const
expectTypeOf(await pool.query(inArrays)).toEqualTypeOf(await vanilla.query(inArrays))
const { signal } = new AbortController()
const abortable = await pool.query<{ id: number }>({ text: 'select 1 as id', signal })
expectTypeOf(abortable).toEqualTypeOf<pg.QueryResult<{ id: number }>>()
expectTypeOf(await pool.connect({ signal })).toEqualTypeOf<pg.PoolClient>()
expectTypeOf(await pool.connect()).toEqualTypeOf<pg.PoolClient>()

// its events: what adds a listener returns the pool itself, and listeners are typed as pg's
const listening = pool
  .on('error', (error) => expectTypeOf(error).toEqualTypeOf<Error>())
  .once('connect', () => {})
  .off('connect', () => {})
expectTypeOf(listening).toEqualTypeOf<HealthAwarePool>()
expectTypeOf<Parameters<HealthAwarePool['on']>[0]>().toEqualTypeOf<Parameters<pg.Pool['on']>[0]>()
pool.on('acquire', (client) => expectTypeOf(client).toEqualTypeOf<pg.PoolClient>())
// @ts-expect-error: no event of a pool
pool.on('aquire', () => {})
