import { type CommonQueryMethods, createPool, sql } from 'slonik'
import type { ContenderOptions, Row, Send, Subject } from './contender.ts'

/** Slonik has no timeout at the client: `statement_timeout` is the server's. */
export async function openSlonik(options: ContenderOptions): Promise<Subject> {
  const url = new URL(options.connectionString)
  url.searchParams.set('application_name', options.applicationName)
  const pool = await createPool(url.href, {
    maxPoolSize: options.max,
    connectionTimeout: options.acquireTimeoutMs,
    statementTimeout: options.queryTimeoutMs,
  })
  pool.on('error', ({ message }) => options.onNoticed?.(`error: ${message}`))
  return {
    query: sendWith(pool),
    queryPrepared: undefined, // it names no statement
    transaction: (use) => pool.transaction((transaction) => use(sendWith(transaction))),
    withConnection: (use) => pool.connect((connection) => use(sendWith(connection))),
    close: () => pool.end(),
  }
}

function sendWith(target: Pick<CommonQueryMethods, 'query'>): Send {
  return async (text) => {
    const template = Object.assign([text], { raw: Object.freeze([text]) }) // as a tag gets it
    return (await target.query(sql.unsafe(template))).rows as Row[]
  }
}
