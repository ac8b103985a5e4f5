import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import type { ContenderOptions, Row, Send, Subject } from './contender.ts'
import { createPgPool, sendNamed, sendWith } from './plain-pg.ts'

export function openDrizzle(options: ContenderOptions): Subject {
  const pool = createPgPool(options)
  return toSubject(drizzle(pool), pool)
}

/** What both databases and their transactions have. */
interface Executor {
  execute(query: ReturnType<typeof sql.raw>): PromiseLike<{ readonly rows: unknown[] }>
}
interface Database extends Executor {
  transaction<Result>(use: (transaction: Executor) => Promise<Result>): Promise<Result>
}

export function toSubject(db: Database, pool: pg.Pool): Subject {
  return {
    query: executeOn(db),
    queryPrepared: sendNamed(pool), // what `.prepare(name)` of Drizzle calls
    transaction: (use) => db.transaction((transaction) => use(executeOn(transaction))),
    async withConnection(use) {
      const client = await pool.connect() // Drizzle has no connection of one's own but its client's
      try {
        return await use(sendWith(client))
      } finally {
        client.release()
      }
    },
    close: () => pool.end(),
  }
}

function executeOn(executor: Executor): Send {
  return async (text) => (await executor.execute(sql.raw(text))).rows as Row[]
}
