import pg from 'pg'
import type { ContenderOptions, Row, Send, Subject } from './contender.ts'
import { inTransaction } from './in-transaction.ts'

/** The options that pg-pool and Hale have in common. */
export function poolConfig(options: ContenderOptions): pg.PoolConfig {
  return {
    connectionString: options.connectionString,
    application_name: options.applicationName,
    max: options.max,
    connectionTimeoutMillis: options.acquireTimeoutMs,
    query_timeout: options.queryTimeoutMs,
  }
}

/** `pg.Pool` as a careful application uses it: its 'error' event has a listener. */
export function createPgPool(options: ContenderOptions): pg.Pool {
  const pool = new pg.Pool(poolConfig(options))
  pool.on('error', ({ message }) => options.onNoticed?.(`error: ${message}`))
  return pool
}

export function openPgPool(options: ContenderOptions): Subject {
  return toSubject(createPgPool(options))
}

/** What node-postgres offers on a pool, whoever made it. */
export function toSubject(pool: pg.Pool): Subject {
  const withConnection: Subject['withConnection'] = async (use) => {
    const client = await pool.connect()
    try {
      return await use(sendWith(client))
    } finally {
      client.release()
    }
  }
  return {
    query: sendWith(pool),
    queryPrepared: sendNamed(pool),
    withConnection,
    transaction: (use) => withConnection((send) => inTransaction(send, use)),
    close: () => pool.end(),
  }
}

export function sendWith(target: pg.Pool | pg.PoolClient): Send {
  return async (text) => (await target.query<Row>(text)).rows
}

/** A statement of one name per text, which pg prepares once per connection. */
export function sendNamed(pool: pg.Pool): Send {
  return async (text) => (await pool.query<Row>({ name: text.slice(0, 60), text })).rows
}
