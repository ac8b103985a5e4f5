import postgres from 'postgres'
import type { ContenderOptions, Row, Send, Subject } from './contender.ts'

/** postgres.js queues for ever and has no timeout for a statement: only connecting has one. */
export function openPostgresJs(options: ContenderOptions): Subject {
  const sql = postgres(options.connectionString, {
    max: options.max,
    connect_timeout: options.acquireTimeoutMs / 1_000,
    connection: { application_name: options.applicationName },
    onnotice: () => {},
  })
  return {
    query: sendWith(sql),
    queryPrepared: async (text) => sql.unsafe<Row[]>(text, [], { prepare: true }),
    transaction: async (use) => {
      // its own type unwraps arrays of promises, which ours are not
      return (await sql.begin((transaction) => use(sendWith(transaction)))) as Awaited<
        ReturnType<typeof use>
      >
    },
    async withConnection(use) {
      const reserved = await sql.reserve()
      try {
        return await use(sendWith(reserved))
      } finally {
        reserved.release()
      }
    },
    close: () => sql.end({ timeout: 5 }),
  }
}

function sendWith(sql: Pick<postgres.Sql, 'unsafe'>): Send {
  return async (text) => sql.unsafe<Row[]>(text)
}
