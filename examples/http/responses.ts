// What the two Hono examples share and neither ORM matters to. Web standards only: it serves any framework.
import { classifyFault } from '@hale/core'

interface Answer {
  readonly status: number
  readonly error: string
  readonly retryAfterSeconds?: number
}

/** By the code of the error: Hale's own codes first, then SQLSTATEs that are the request's fault. */
const answers: ReadonlyMap<string, Answer> = new Map([
  ['HALE_ACQUIRE_TIMEOUT', { status: 503, error: 'no connection in time', retryAfterSeconds: 1 }],
  ['HALE_SERVER_UNAVAILABLE', { status: 503, error: 'database is down', retryAfterSeconds: 5 }],
  ['HALE_POOL_CLOSED', { status: 503, error: 'shutting down', retryAfterSeconds: 1 }],
  // Nobody knows whether it took effect: not a 503, which invites to do it all over again.
  ['HALE_COMMIT_UNKNOWN', { status: 500, error: 'outcome unknown: repeat with the same key' }],
  ['23503', { status: 422, error: 'no such account' }],
  ['23505', { status: 409, error: 'exists already' }],
  ['23514', { status: 422, error: 'not enough money' }],
])

/**
 * The answer to a request that failed with `error`. It takes a lost connection for something that did not
 * happen, which holds where every write runs in a transaction: its COMMIT has an error of its own.
 */
export function toErrorResponse(error: unknown): Response {
  const { status, error: text, retryAfterSeconds } = answerTo(error)
  if (status >= 500) console.log(`  ! ${status}:`, messageOf(error))
  const headers = new Headers()
  if (retryAfterSeconds !== undefined) headers.set('retry-after', String(retryAfterSeconds))
  return Response.json({ error: text }, { status, headers })
}

function answerTo(error: unknown): Answer {
  // An ORM may wrap what failed: the outermost code that is known says most.
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const answer = 'code' in cause ? answers.get(String(cause.code)) : undefined
    if (answer !== undefined) return answer
  }
  const { retryable } = classifyFault(error) // a lost connection, a deadlock, a server that restarts
  if (retryable) return { status: 503, error: 'try again', retryAfterSeconds: 1 }
  return { status: 500, error: 'internal error' }
}

/** Of what caused it all: an ORM's own message quotes the statement. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return 'code' in error || !(cause instanceof Error) ? error.message : messageOf(cause)
}

/** For a load balancer: 503 takes this process out of rotation, and nobody restarts it. */
export function toReadinessResponse(pool: {
  readiness(): { readonly ready: boolean; readonly reason: string }
}): Response {
  const readiness = pool.readiness()
  return Response.json(readiness, { status: readiness.ready ? 200 : 503 })
}
