import { CompiledQuery, type Dialect, Kysely, PostgresDialect } from 'kysely'
import type { ContenderOptions, Row, Send, Subject } from './contender.ts'
import { createPgPool } from './plain-pg.ts'

export function openKysely(options: ContenderOptions): Subject {
  return toSubject(new PostgresDialect({ pool: createPgPool(options) }))
}

/** The same through Kysely, whatever its dialect stands on. */
export function toSubject(dialect: Dialect): Subject {
  const db = new Kysely<object>({ dialect })
  return {
    query: sendWith(db),
    queryPrepared: undefined, // Kysely names no statement
    transaction: (use) => db.transaction().execute((transaction) => use(sendWith(transaction))),
    withConnection: (use) => db.connection().execute((connection) => use(sendWith(connection))),
    close: () => db.destroy(),
  }
}

function sendWith(db: Kysely<object>): Send {
  return async (text) => (await db.executeQuery<Row>(CompiledQuery.raw(text))).rows
}
