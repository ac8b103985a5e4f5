import { randomBytes } from 'node:crypto'
import type { HealthAwarePool, HealthAwarePoolOptions } from '@hale/pg'
import { endPools, startPostgres, terminateBackend } from '@hale/testkit'
import { type DrizzleConfig, relations, sql } from 'drizzle-orm'
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { createHealthAwareClient, drizzle, type HealthAwareDatabase } from '../src/index.ts'

export const authors = pgTable('author', {
  id: serial('id').primaryKey(),
  name: text('name').notNull().unique(),
})
export const books = pgTable('book', {
  id: serial('id').primaryKey(),
  title: text('title').notNull(),
  authorId: integer('author_id').notNull(),
})
const authorRelations = relations(authors, ({ many }) => ({ books: many(books) }))
const bookRelations = relations(books, ({ one }) => ({
  author: one(authors, { fields: [books.authorId], references: [authors.id] }),
}))
export const schema = { authors, books, authorRelations, bookRelations }
export type Schema = typeof schema

/** A server, a schema of its own in it, and a session beside the pools. */
export interface DrizzleWorld {
  open(
    pool?: HealthAwarePoolOptions,
    config?: Omit<DrizzleConfig<Schema>, 'schema'>,
  ): HealthAwareDatabase<Schema>
  /** Ends the backend `pid` and waits until the server has forgotten it. */
  terminate(pid: number): Promise<void>
  /** Empties the tables and ends what was opened. */
  reset(): Promise<void>
  close(): Promise<void>
}

export async function createDrizzleWorld(): Promise<DrizzleWorld> {
  const postgres = await startPostgres()
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
  const opened: HealthAwarePool[] = []
  return {
    open(pool, config) {
      const client = createHealthAwareClient({
        connectionString: postgres.connectionString,
        options: `-c search_path=${name}`,
        connectionTimeoutMillis: 5_000,
        ...pool,
      })
      opened.push(client)
      return drizzle(client, { schema, ...config })
    },
    terminate: (pid) => terminateBackend(admin, pid),
    async reset() {
      await endPools(opened.splice(0))
      await admin.query('truncate author, book restart identity')
    },
    async close() {
      await endPools(opened.splice(0))
      await admin.query(`drop schema ${name} cascade`)
      await admin.end()
      await postgres.stop()
    },
  }
}

type Executor = Pick<HealthAwareDatabase, 'execute'>

export async function pidOf(executor: Executor): Promise<number> {
  const { rows } = await executor.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
  return rows[0]?.pid ?? -1
}
