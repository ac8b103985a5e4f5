import { randomBytes } from 'node:crypto'
import type { HealthAwarePool, HealthAwarePoolOptions } from '@hale/pg'
import { endPools, startPostgres, terminateBackend } from '@hale/testkit'
import { type Generated, Kysely, type KyselyConfig, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { HealthAwareDialect, type HealthAwareDialectOptions } from '../src/index.ts'

export interface Database {
  account: { id: Generated<number>; owner: string; balance: number }
}

/** A `Kysely` on a dialect of its own, whose pool is ended with the world. */
export interface Bench {
  readonly db: Kysely<Database>
  readonly dialect: HealthAwareDialect
  readonly pool: HealthAwarePool
}

/** What is given to a `Kysely` beside its dialect. */
export type ApplicationConfig = Pick<KyselyConfig, 'log' | 'plugins'>

/** A server, a schema of its own in it that every session finds, and a session beside the pools. */
export interface KyselyWorld {
  readonly poolOptions: HealthAwarePoolOptions
  open(
    pool?: HealthAwarePoolOptions,
    options?: Omit<HealthAwareDialectOptions, 'pool'>,
    config?: ApplicationConfig,
  ): Bench
  /** The same on Kysely's own dialect and a `pg.Pool`. */
  openVanilla(config?: ApplicationConfig): Kysely<Database>
  /** A session beside the pools. */
  query(text: string): Promise<readonly Record<string, unknown>[]>
  /** Ends the backend `pid` and waits until the server has forgotten it. */
  terminate(pid: number): Promise<void>
  /** Empties the table and ends what was opened. */
  reset(): Promise<void>
  close(): Promise<void>
}

export async function createKyselyWorld(): Promise<KyselyWorld> {
  const postgres = await startPostgres()
  const schema = `hale_kysely_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client(postgres.connectionString)
  await admin.connect()
  await admin.query(`create schema ${schema}; set search_path to ${schema}`)
  await admin.query(
    `create table ${schema}.account (id serial primary key, owner text unique, balance int not null)`,
  )
  const opened: HealthAwarePool[] = []
  const vanilla: Kysely<Database>[] = []
  const endAll = async (): Promise<void> => {
    await endPools(opened.splice(0))
    for (const db of vanilla.splice(0)) await db.destroy()
  }
  const poolOptions: HealthAwarePoolOptions = {
    connectionString: postgres.connectionString,
    options: `-c search_path=${schema}`,
    connectionTimeoutMillis: 5_000,
  }
  return {
    poolOptions,
    open(pool, options, config) {
      const dialect = new HealthAwareDialect({ pool: { ...poolOptions, ...pool }, ...options })
      opened.push(dialect.pool)
      return { db: new Kysely<Database>({ dialect, ...config }), dialect, pool: dialect.pool }
    },
    openVanilla(config) {
      const pool = new pg.Pool(poolOptions)
      pool.on('error', () => {})
      const db = new Kysely<Database>({
        dialect: new PostgresDialect({ pool, cursor: Cursor }),
        ...config,
      })
      vanilla.push(db)
      return db
    },
    query: async (text) => (await admin.query(text)).rows,
    terminate: (pid) => terminateBackend(admin, pid),
    async reset() {
      await endAll()
      await admin.query(`truncate ${schema}.account restart identity`)
    },
    async close() {
      await endAll()
      await admin.query(`drop schema ${schema} cascade`)
      await admin.end()
      await postgres.stop()
    },
  }
}

export async function pidOf(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
  return rows[0]?.pid ?? -1
}
