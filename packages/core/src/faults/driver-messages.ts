import type { Fault, FaultKind, FaultScope } from './fault.ts'

function fault(
  kind: FaultKind,
  scope: FaultScope,
  flags: { readonly retryable: boolean; readonly endsSession: boolean },
): Fault {
  return Object.freeze({ kind, scope, ...flags })
}

const passesElsewhere = { retryable: true, endsSession: true }
const lost = fault('connection_lost', 'connection', passesElsewhere)
/** The connection was known to be lost before. */
const unsent: Fault = Object.freeze({ ...lost, isUnsent: true })
const openTimedOut = fault('connection_timeout', 'server', passesElsewhere)
const queueTimedOut = fault('connection_timeout', 'unknown', {
  retryable: true,
  endsSession: false,
})
/** Whatever comes next on such a stream could be anybody's answer. */
const garbled = fault('protocol_violation', 'connection', passesElsewhere)
const refusedByUs = fault('authentication_failed', 'unknown', {
  retryable: false,
  endsSession: true,
})
const misuse = fault('application_error', 'unknown', { retryable: false, endsSession: false })
/** Slow or lost, pg cannot tell which. */
const queryTimedOut = fault('query_timeout', 'unknown', { retryable: false, endsSession: false })

/**
 * Errors that pg 8.23 and pg-pool 3.14 make without a `code`; their text is all there is to know
 * them by.
 */
const byMessage: ReadonlyMap<string, Fault> = new Map([
  ['Connection terminated unexpectedly', lost],
  ['Connection terminated', lost],
  ['Client has encountered a connection error and is not queryable', unsent],
  ['Client was closed and is not queryable', unsent],
  ['Connection terminated due to connection timeout', openTimedOut],
  ['timeout expired', openTimedOut],
  ['Query read timeout', queryTimedOut],
  ['There was an error establishing an SSL connection', garbled],
  ['The server does not support SSL connections', refusedByUs],
  ['Cannot use a pool after calling end on the pool', misuse],
  ['Called end on pool more than once', misuse],
  ['Client has already been connected. You cannot reuse a client.', misuse],
  ['Release called on client which has already been released to the pool.', misuse],
])

/** Beginnings of texts that go on with details. */
const byPrefix: readonly (readonly [prefix: string, fault: Fault])[] = [
  ['timeout exceeded when trying to connect', queueTimedOut], // and Hale's own error
  ['SASL: ', refusedByUs],
  ['Received unexpected ', garbled], // `Received unexpected dataRow message from backend.`
  ['received invalid response', garbled],
  ['Unknown authenticationOk message type', garbled],
]

/**
 * The fault of an error that the driver made itself, or `undefined` for a text that is not the
 * driver's.
 */
export function faultOfDriverMessage(message: string): Fault | undefined {
  return byMessage.get(message) ?? byPrefix.find(([prefix]) => message.startsWith(prefix))?.[1]
}
