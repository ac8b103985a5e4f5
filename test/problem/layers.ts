import { createHealthAwareClient, drizzle as drizzleOnHale } from '@hale/drizzle'
import { HealthAwareDialect } from '@hale/kysely'
import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle as drizzleOnPg } from 'drizzle-orm/node-postgres'
import { Kysely, sql as kyselySql, PostgresDialect } from 'kysely'
import pg from 'pg'

export const layerNames = ['pg', 'kysely', 'drizzle'] as const
export type LayerName = (typeof layerNames)[number]
export const poolNames = ['hale', 'pg-pool'] as const
export type PoolName = (typeof poolNames)[number]

/** One statement, as plain SQL: what a row needs of a layer. */
export type Run = (text: string) => Promise<unknown>

/** A pool under one of the three ways of using it; the same rows run on Hale and on plain pg.Pool. */
export interface Layer {
  readonly name: LayerName
  readonly pool: pg.Pool
  /** One statement, as the layer runs it outside a transaction. */
  readonly query: Run
  /** A transaction, as the layer runs it; `begin` is put behind BEGIN where the layer allows it. */
  transaction(use: (run: Run) => Promise<void>, begin?: string): Promise<void>
}

export function createLayer(
  name: LayerName,
  poolName: PoolName,
  options: HealthAwarePoolOptions,
): Layer {
  const pool = poolName === 'hale' ? createHealthAwareClient(options) : new pg.Pool(options)
  pool.on('error', () => {}) // as a careful application does; it does not help pg.Pool in these rows
  if (name === 'pg') return overPg(pool)
  return name === 'kysely' ? overKysely(pool) : overDrizzle(pool)
}

function overPg(pool: pg.Pool): Layer {
  return {
    name: 'pg',
    pool,
    // connect, query, release: what every layer above pg does
    query: async (text) => {
      const client = await pool.connect()
      try {
        return await client.query(text)
      } finally {
        client.release()
      }
    },
    transaction: async (use, begin = '') => {
      const client = await pool.connect()
      try {
        await client.query(`BEGIN ${begin}`)
        await use((text) => client.query(text))
        await client.query('COMMIT')
      } finally {
        client.release()
      }
    },
  }
}

function overKysely(pool: pg.Pool): Layer {
  const isHale = pool instanceof HealthAwarePool
  const dialect = isHale ? new HealthAwareDialect({ pool }) : new PostgresDialect({ pool })
  const db = new Kysely<unknown>({ dialect })
  return {
    name: 'kysely',
    pool,
    query: (text) => kyselySql.raw(text).execute(db),
    transaction: async (use) => {
      await db.transaction().execute((tx) => use((text) => kyselySql.raw(text).execute(tx)))
    },
  }
}

function overDrizzle(pool: pg.Pool): Layer {
  const db = pool instanceof HealthAwarePool ? drizzleOnHale(pool) : drizzleOnPg(pool)
  return {
    name: 'drizzle',
    pool,
    query: (text) => db.execute(drizzleSql.raw(text)),
    transaction: async (use, begin) => {
      const config = begin === undefined ? undefined : { isolationLevel: begin as 'serializable' }
      await db.transaction((tx) => use((text) => tx.execute(drizzleSql.raw(text))), config)
    },
  }
}
