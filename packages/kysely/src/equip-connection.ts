import type { ConnectionHandle } from '@hale/pg'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { kyselyOperations } from './operation-reader.ts'

/** What Kysely 0.29 and later ask of a connection when a query is aborted. */
interface AbortableConnection {
  cancelQuery?(control: never): Promise<void>
  killSession?(control: never): Promise<void>
}

/**
 * Lets the pool know what `connection` runs, and lets aborted queries be ended by the pool: for as long as
 * the connection lives, so once. Kysely's own logging patches connections in the same way.
 */
export function equipConnection(
  connection: DatabaseConnection & AbortableConnection,
  handle: ConnectionHandle,
  kill: () => Promise<void>,
): void {
  handle.describeWith(kyselyOperations)
  const executeQuery = connection.executeQuery as Execute
  const streamQuery = connection.streamQuery as Stream
  connection.executeQuery = <R>(query: CompiledQuery, options?: unknown) => {
    handle.announce(query)
    return executeQuery.call(connection, query, options) as Promise<QueryResult<R>>
  }
  connection.streamQuery = <R>(query: CompiledQuery, chunkSize: number, options?: unknown) => {
    handle.announce(query)
    const results = streamQuery.call(connection, query, chunkSize, options)
    return results as AsyncIterableIterator<QueryResult<R>>
  }
  if (connection.cancelQuery === undefined) return // Kysely 0.28, which aborts nothing
  connection.cancelQuery = () => handle.cancelRunning()
  connection.killSession = kill
}

type Execute = (query: CompiledQuery, options: unknown) => Promise<QueryResult<unknown>>
type Stream = (
  query: CompiledQuery,
  chunkSize: number,
  options: unknown,
) => AsyncIterableIterator<QueryResult<unknown>>
