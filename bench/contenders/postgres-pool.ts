import { Pool } from 'postgres-pool'
import type { ContenderOptions, Row, Subject } from './contender.ts'
import { inTransaction } from './in-transaction.ts'

export function openPostgresPool(options: ContenderOptions): Subject {
  const url = new URL(options.connectionString)
  url.searchParams.set('application_name', options.applicationName) // it has no such option
  const pool = new Pool({
    connectionString: url.href,
    poolSize: options.max,
    waitForAvailableConnectionTimeoutMillis: options.acquireTimeoutMs,
    connectionTimeoutMillis: options.acquireTimeoutMs,
    query_timeout: options.queryTimeoutMs,
  })
  pool.on('error', ({ message }) => options.onNoticed?.(`error: ${message}`))
  const withConnection: Subject['withConnection'] = async (use) => {
    const client = await pool.connect()
    try {
      return await use(async (text) => (await client.query<Row>(text)).rows)
    } finally {
      await client.release()
    }
  }
  return {
    query: async (text) => (await pool.query<Row>(text)).rows,
    queryPrepared: undefined, // its query() takes no name
    withConnection,
    transaction: (use) => withConnection((send) => inTransaction(send, use)),
    close: () => pool.end(),
  }
}
