import createKnex, { type Knex } from 'knex'
import type { ContenderOptions, Row, Send, Subject } from './contender.ts'

/** tarn as Knex sets it up, which keeps two connections open by default. */
export function openKnex(options: ContenderOptions): Subject {
  const knex = createKnex({
    client: 'pg',
    connection: {
      connectionString: options.connectionString,
      application_name: options.applicationName,
      query_timeout: options.queryTimeoutMs,
    },
    pool: { max: options.max },
    acquireConnectionTimeout: options.acquireTimeoutMs,
  })
  return {
    query: sendWith(knex),
    queryPrepared: undefined, // it names no statement
    transaction: (use) => knex.transaction((transaction) => use(sendWith(transaction))),
    async withConnection(use) {
      const connection: unknown = await knex.client.acquireConnection()
      try {
        return await use(async (text) => rowsOf(await knex.raw(text).connection(connection)))
      } finally {
        await knex.client.releaseConnection(connection)
      }
    },
    close: () => knex.destroy(),
  }
}

function sendWith(knex: Pick<Knex, 'raw'>): Send {
  return async (text) => rowsOf(await knex.raw(text))
}

function rowsOf({ rows }: { readonly rows: Row[] }): readonly Row[] {
  return rows
}
