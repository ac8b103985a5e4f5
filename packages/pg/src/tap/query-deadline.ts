import { isPlainObject } from '@hale/core'
import type { PoolableClient } from '../pool/poolable-client.ts'
import { type RunningTime, startDeadline } from '../running-time.ts'

/** What pg keeps of a statement that was submitted. */
interface PendingQuery {
  callback?: ((error: Error | null | undefined, result?: unknown) => void) | undefined
  handleError(error: Error, connection: unknown): void
}

/** The members that pg's own timer uses, and of which it is asked here what they are: pg 8.17 to 8.23. */
interface TimedClient extends PoolableClient {
  readonly connectionParameters: { query_timeout?: unknown }
  readonly _queryQueue: PendingQuery[]
  readonly _activeQuery: PendingQuery | null | undefined
  _pulseQueryQueue(): void
}

export interface QueryDeadline {
  readonly timeoutMs: number
  readonly time: RunningTime
  /** Its caller is about to be told; `isRunning` unless it was still waiting for its turn. */
  onMissed(isRunning: boolean): void
}

/**
 * Whether the deadline of `query` can be ours. It cannot where the client is not pg's, and where a query of
 * a class of its own has a timeout of its own, which a copy might lose.
 */
export function canTime(client: PoolableClient, query: unknown): client is TimedClient {
  const { _queryQueue: queue, _pulseQueryQueue: pulse } = client as Partial<TimedClient>
  if (!Array.isArray(queue) || typeof pulse !== 'function') return false
  return (
    typeof query !== 'object' ||
    query === null ||
    isPlainObject(query) ||
    !('query_timeout' in query)
  )
}

/**
 * Submits a statement without pg's timer and with one that does the same, but for two things: it counts only
 * time in which this process ran, and it lets the sockets be read first. pg's timer fires as soon as a
 * process that was frozen or busy goes on, with the answer waiting in the socket.
 */
export function submitWithDeadline(
  client: TimedClient,
  args: unknown[],
  submit: (args: unknown[]) => unknown,
  deadline: QueryDeadline,
): unknown {
  const { connectionParameters: parameters } = client
  const before = newestOf(client)
  const givenMs = parameters.query_timeout
  parameters.query_timeout = 0
  let result: unknown
  try {
    result = submit(withoutTimeout(args))
  } finally {
    parameters.query_timeout = givenMs
  }
  const query = newestOf(client)
  if (query !== undefined && query !== before) time(client, query, deadline) // else pg refused it
  return result
}

function newestOf({
  _queryQueue: queue,
  _activeQuery: active,
}: TimedClient): PendingQuery | undefined {
  return queue.at(-1) ?? active ?? undefined
}

function withoutTimeout([query, ...rest]: unknown[]): unknown[] {
  if (typeof query !== 'object' || query === null || !('query_timeout' in query)) {
    return [query, ...rest]
  }
  return [{ ...query, query_timeout: 0 }, ...rest]
}

function time(client: TimedClient, query: PendingQuery, deadline: QueryDeadline): void {
  const { callback: tell = () => {} } = query
  const cancel = startDeadline(deadline.time, deadline.timeoutMs, () => {
    const error = new Error('Query read timeout')
    const queued = client._queryQueue.indexOf(query)
    if (queued >= 0) client._queryQueue.splice(queued, 1)
    deadline.onMissed(queued < 0)
    process.nextTick(() => query.handleError(error, client.connection))
    tell(error)
    query.callback = () => {} // what it is answered now is nobody's
    client._pulseQueryQueue()
  })
  query.callback = (error, result) => {
    cancel()
    tell(error, result)
  }
}
