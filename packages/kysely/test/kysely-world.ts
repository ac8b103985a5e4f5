import { randomBytes } from 'node:crypto'
import type { HealthAwarePool, HealthAwarePoolOptions } from '@hale/pg'
import { endPools, startPostgres, terminateBackend } from '@hale/testkit'
import { type Generated, Kysely, sql } from 'kysely'
import pg from 'pg'
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

/** A server, a schema of its own in it, and a session beside the pools. */
export interface KyselyWorld {
  readonly poolOptions: HealthAwarePoolOptions
  open(pool?: HealthAwarePoolOptions, options?: Omit<HealthAwareDialectOptions, 'pool'>): Bench
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
  await admin.query(`create schema ${schema}`)
  await admin.query(
    `create table ${schema}.account (id serial primary key, owner text unique, balance int not null)`,
  )
  const opened: HealthAwarePool[] = []
  const poolOptions: HealthAwarePoolOptions = {
    connectionString: postgres.connectionString,
    options: `-c search_path=${schema}`,
    connectionTimeoutMillis: 5_000,
  }
  return {
    poolOptions,
    open(pool, options) {
      const dialect = new HealthAwareDialect({ pool: { ...poolOptions, ...pool }, ...options })
      opened.push(dialect.pool)
      return { db: new Kysely<Database>({ dialect }), dialect, pool: dialect.pool }
    },
    terminate: (pid) => terminateBackend(admin, pid),
    async reset() {
      await endPools(opened.splice(0))
      await admin.query(`truncate ${schema}.account restart identity`)
    },
    async close() {
      await endPools(opened.splice(0))
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
