import { classifyFault } from '@hale/core'
import { abortReasonOf } from './abort-signal.ts'
import type { Connection } from './pool/connection.ts'
import type { PoolableClient } from './pool/poolable-client.ts'

export type QueryCallback = (error: Error | undefined, result?: unknown) => void

type QueryMethod = (text: unknown, values: unknown, callback: QueryCallback) => unknown

/**
 * Runs one query on a connection that is leased for it, releases the connection, and then tells the caller.
 * When `signal` aborts, the caller is told at once; the statement is cancelled on the server behind the
 * scenes. Whether it took effect is then as unknown as with any cancelled statement.
 */
export function runQuery(
  connection: Connection,
  text: unknown,
  values: unknown,
  callback: QueryCallback,
  signal?: AbortSignal,
): void {
  const client = connection.client as PoolableClient & { query: QueryMethod }
  const { lease } = connection
  let abort: (() => void) | undefined
  const finish: QueryCallback = (error, result) => {
    if (connection.lease !== lease) return // the socket died first, or the caller gave up: it was told then
    connection.onLost = undefined
    if (abort !== undefined) signal?.removeEventListener('abort', abort)
    client.release?.(error && isBroken(connection, error) ? error : undefined)
    callback(error, result)
  }
  if (signal !== undefined) {
    abort = () => {
      connection.isAborted = true
      finish(abortReasonOf(signal))
    }
    signal.addEventListener('abort', abort)
  }
  connection.onLost = finish
  try {
    client.query(text, values, finish)
  } catch (error) {
    finish(error as Error)
  }
}

/** pg-pool closes a connection on any error of pool.query; a failed statement says nothing about it. */
function isBroken({ client, isAborted }: Connection, error: Error): boolean {
  const isWatched = client.connection !== undefined
  if (isAborted) return !isWatched // it is cleaned, where its wire is known
  const { scope, endsSession } = classifyFault(error)
  return endsSession || (scope === 'unknown' && !isWatched)
}

/** A callback whose throw surfaces in a turn of its own, as in pg, and stops nobody else's. */
export function contained(callback: QueryCallback): QueryCallback {
  return (error, result) => {
    try {
      callback(error, result)
    } catch (thrown) {
      process.nextTick(() => {
        throw thrown
      })
    }
  }
}
