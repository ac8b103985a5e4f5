import type { PoolableClient } from '../pool/poolable-client.ts'

/** What a timer can wait for at most, ms; pg's own ends at once beyond that. */
const MAX_TIMER_MS = 2_147_483_647

/**
 * How long the caller of `query` waits for its answer, ms, as pg 8.23 reads it; `undefined` for ever. Its own
 * `query_timeout` wins over the client's, and whatever is falsy means none.
 *
 * Cursors, streams and query objects count as ever: pg times them too, but what they make of a second
 * error is theirs (a cursor sends one Sync per error, and the answers would no longer fit the statements).
 * So do statements in pipeline mode, where pg itself destroys the socket.
 */
export function timeoutOf(client: PoolableClient, query: unknown): number | undefined {
  const givenMs = ownTimeout(query) || client.connectionParameters?.query_timeout
  if (!givenMs || client.pipeline === true || isSubmittable(query)) return undefined
  const timeoutMs = Number(givenMs) // the client's is text where a connection string gave it
  return timeoutMs >= 1 && timeoutMs <= MAX_TIMER_MS ? timeoutMs : 1
}

/** Whether pg leaves it to `query` what is sent. */
export function isSubmittable(query: unknown): query is object {
  return typeof query === 'object' && query !== null && 'submit' in query
}

function ownTimeout(query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return undefined
  return (query as { readonly query_timeout?: unknown }).query_timeout
}
