import { randomBytes } from 'node:crypto'
import { createHealthAwareClient, drizzle, type HealthAwareDatabase } from '@hale/drizzle'
import type { HealthAwarePool, HealthAwarePoolOptions } from '@hale/pg'
import {
  createFaultProxy,
  endPools,
  type FaultLink,
  startPostgres,
  terminateBackend,
} from '@hale/testkit'
import { type DrizzleConfig, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core'
import pg from 'pg'

export const authors = pgTable('author', {
  id: serial('id').primaryKey(),
  name: text('name').notNull().unique(),
})
export const books = pgTable('book', {
  id: serial('id').primaryKey(),
  title: text('title').notNull(),
  authorId: integer('author_id').notNull(),
})

/** A server with a schema of its own in it, a proxy in front of it, and a session beside the pools. */
export interface DrizzleWorld {
  /** Goes to the schema, and around the proxy. */
  readonly admin: pg.Client
  /** Options of a pool whose connections go through the proxy, to the schema. */
  readonly poolOptions: HealthAwarePoolOptions
  /** A pool that is ended with the test. */
  openPool(options?: HealthAwarePoolOptions): HealthAwarePool
  open(
    pool?: HealthAwarePoolOptions,
    config?: Pick<DrizzleConfig, 'logger' | 'cache'>,
  ): HealthAwareDatabase
  /** Acts when `statement` comes to the proxy, before it is passed on. */
  whenSent(statement: string, act: (link: FaultLink) => void): void
  /** Has nothing pass for `ms` once `statement` comes to the proxy; then all of it does. */
  stallAt(statement: string, ms: number): void
  /** Ends the backend `pid` and waits until the server has forgotten it. */
  terminate(pid: number): Promise<void>
  /** Empties the tables and ends what was opened. */
  reset(): Promise<void>
  close(): Promise<void>
}

export async function createDrizzleWorld(): Promise<DrizzleWorld> {
  const postgres = await startPostgres()
  const whenSent = new Map<string, (link: FaultLink) => void>()
  const onStatement = (link: FaultLink, text: string): void => whenSent.get(text)?.(link)
  const proxy = await createFaultProxy(postgres, { onStatement })
  const name = `hale_drizzle_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client(postgres.connectionString)
  await admin.connect()
  await admin.query(`
    create schema ${name};
    set search_path = ${name};
    create table author (id serial primary key, name text not null unique);
    create table book (
      id serial primary key,
      title text not null,
      author_id int not null references author deferrable initially deferred
    )`)
  const poolOptions = {
    connectionString: proxy.connectionString(postgres.connectionString),
    options: `-c search_path=${name}`,
    connectionTimeoutMillis: 5_000,
  }
  const opened: HealthAwarePool[] = []
  const openPool = (options?: HealthAwarePoolOptions): HealthAwarePool => {
    const pool = createHealthAwareClient({ ...poolOptions, ...options })
    opened.push(pool)
    return pool
  }
  return {
    admin,
    poolOptions,
    openPool,
    open: (pool, config) => drizzle({ client: openPool(pool), ...config }),
    whenSent: (statement, act) => void whenSent.set(statement, act),
    stallAt(statement, ms) {
      whenSent.set(statement, (link) => {
        link.freeze()
        setTimeout(() => link.thaw(), ms)
      })
    },
    terminate: (pid) => terminateBackend(admin, pid),
    async reset() {
      whenSent.clear()
      proxy.all.restore()
      await endPools(opened.splice(0))
      await admin.query('truncate author, book restart identity')
    },
    async close() {
      await endPools(opened.splice(0))
      await admin.query(`drop schema ${name} cascade`)
      await admin.end()
      await proxy.close()
      await postgres.stop()
    },
  }
}

export async function pidOf(executor: Pick<NodePgDatabase, 'execute'>): Promise<number> {
  const { rows } = await executor.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
  return rows[0]?.pid ?? -1
}

/** Numbers of transactions that are to run at the same time. */
export const thirty: readonly number[] = Array.from({ length: 30 }, (_, index) => index)

/** Writes two authors named after `number` in one transaction; every third throws. */
export function writePair(db: Pick<NodePgDatabase, 'transaction'>, number: number): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.insert(authors).values({ name: `${number}a` })
    await tx.insert(authors).values({ name: `${number}b` })
    if (number % 3 === 0) throw new Error('every third')
  })
}

/** A Drizzle logger that keeps what is sent. */
export function createStatementLog(): { statements: string[]; logQuery(query: string): void } {
  const statements: string[] = []
  return { statements, logQuery: (query) => void statements.push(query) }
}
