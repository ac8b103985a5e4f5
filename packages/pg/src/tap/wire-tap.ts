import {
  type ConnectionHealthMonitor,
  type Fault,
  faultOfSqlState,
  unknownFingerprint,
} from '@hale/core'
import type { Connection, TransactionStatus, WireFacts } from '../pool/connection.ts'
import type { RunningTime } from '../running-time.ts'
import { mendClose } from './mend-close.ts'
import { canTime, submitWithDeadline } from './query-deadline.ts'
import { isSubmittable, timeoutOf } from './timeout-of.ts'

export interface WireTapPorts {
  readonly time: RunningTime
  readonly monitor: ConnectionHealthMonitor
  /** An ErrorResponse came in; called before the application sees the error, where it had asked. */
  onFault(connection: Connection, fault: Fault): void
  /** The server says something else of its role than before. */
  onRoleTold(connection: Connection): void
  /** Something is about to be submitted behind a statement whose caller does not wait for ever. */
  onQueuedBehind(connection: Connection, now: number): void
  /** The application ended the client itself. */
  onEnded(connection: Connection): void
}

interface ReadyForQuery {
  readonly status: TransactionStatus
}
interface ErrorResponse {
  readonly code?: string
  readonly severity?: string
  readonly message?: string
  readonly routine?: string
}
interface CommandComplete {
  /** The command tag, as in `COMMIT`; a COMMIT of a failed transaction is answered with `ROLLBACK`. */
  readonly text: string
}
interface ParameterStatus {
  readonly parameterName: string
  readonly parameterValue: string
}

/**
 * Watches one client for its whole life: one wrapped method and a few listeners per connection, nothing
 * per query but two clock readings. A statement lasts from its submission to ReadyForQuery, the only
 * signal that text, config, callback, promise, Cursor, QueryStream and COPY have in common.
 *
 * The listeners go in front of pg's own: a callback that releases its client runs inside pg's handler,
 * and by then the status at release must already be known.
 */
export function attachWireTap(connection: Connection, ports: WireTapPorts): void {
  const { client, wire, metrics } = connection
  const { operation } = metrics
  const protocol = client.connection
  if (typeof protocol?.prependListener !== 'function') return // a custom client: nothing to watch
  const { time, monitor } = ports

  const { query, end } = originalsOf(client)
  define(client, 'query', (...args: unknown[]) => {
    const now = time.now()
    const timeoutMs = timeoutOf(client, args[0])
    const isOurs = timeoutMs !== undefined && canTime(client, args[0])
    // one that is ours to time is overdue when its caller has been told, not before
    const overdueAt = timeoutMs === undefined || isOurs ? Number.POSITIVE_INFINITY : now + timeoutMs
    if (wire.outstanding > 0) {
      // pg answers in order, but which of several is running nobody tells: they are timed, not compared
      wire.fingerprint = unknownFingerprint
      if (wire.overdueAt < Number.POSITIVE_INFINITY) ports.onQueuedBehind(connection, now)
      wire.queuedOverdueAt =
        wire.outstanding === 1 ? overdueAt : Math.max(wire.queuedOverdueAt, overdueAt)
    } else {
      wire.submittedAt = now
      wire.overdueAt = overdueAt
      wire.fingerprint = fingerprintOf(monitor, args[0])
      wire.writtenBefore = protocol.stream?.bytesWritten ?? 0
      wire.failedWith = undefined
    }
    wire.outstanding += 1
    operation.submitted()
    wire.submitted += 1
    if (isSubmittable(args[0])) {
      wire.submittables.push(args[0])
      mendClose(args[0], protocol, wire)
    }
    try {
      if (!isOurs) return query().apply(client, args)
      return submitWithDeadline(client, args, (own) => query().apply(client, own), {
        timeoutMs,
        time,
        onMissed: (isRunning) => {
          if (isRunning) wire.overdueAt = time.now()
        },
      })
    } catch (error) {
      // pg refused it before it was sent
      wire.outstanding -= 1
      wire.submitted -= 1
      throw error
    }
  })
  define(client, 'end', (...args: unknown[]) => {
    ports.onEnded(connection)
    return end().apply(client, args)
  })

  protocol.prependListener('readyForQuery', (message: ReadyForQuery) => {
    const now = time.now()
    wire.heardAt = now
    if (message.status !== wire.transactionStatus)
      followTransaction(connection, message.status, now)
    if (wire.outstanding === 0) return
    const tookMs = now - wire.submittedAt
    if (wire.probing !== undefined) {
      if (wire.failedWith === undefined && wire.probing !== 'question') {
        wire.probeMs = tookMs
        monitor.recordProbe(metrics, wire.probing, tookMs, now)
      }
    } else if (wire.failedWith !== undefined) {
      monitor.recordFailedRun(metrics, wire.failedWith, tookMs)
    } else monitor.recordRun(metrics, wire.fingerprint, tookMs, now)
    const { kind } = operation
    if (kind !== undefined && wire.outstanding === 1) {
      monitor.operations.record(kind, tookMs, wire.failedWith !== undefined)
    }
    wire.outstanding -= 1
    if (wire.outstanding === 0) forgetSubmittables(wire)
    wire.submittedAt = now
    wire.overdueAt = wire.queuedOverdueAt // of meaning while something is outstanding
    wire.failedWith = undefined
  })
  protocol.prependListener('errorMessage', (message: ErrorResponse) => {
    wire.heardAt = time.now()
    wire.failedWith = 'other'
    const { code, severity, message: text, routine } = message
    if (code === undefined) return
    const fault = faultOfSqlState(code, severity, text, routine)
    wire.failedWith = fault.kind
    // what an idle client is told pg makes its 'error' event: first the loss, as in pg.Pool, then its reason
    if (connection.state === 'idle') process.nextTick(() => ports.onFault(connection, fault))
    else ports.onFault(connection, fault)
  })
  protocol.on('parameterStatus', (message: ParameterStatus) => {
    const { parameterName, parameterValue } = message
    if (parameterName === 'server_version') wire.serverVersion = parameterValue
    if (parameterName === 'standard_conforming_strings' && parameterValue === 'off') {
      monitor.fingerprints.doubtBackslashes()
    }
    const { inHotStandby, readOnlyByDefault } = wire
    if (parameterName === 'in_hot_standby') wire.inHotStandby = parameterValue === 'on'
    else if (parameterName === 'default_transaction_read_only') {
      wire.readOnlyByDefault = parameterValue === 'on'
    }
    const isNews =
      wire.inHotStandby !== inHotStandby || wire.readOnlyByDefault !== readOnlyByDefault
    if (isNews) ports.onRoleTold(connection)
  })
  protocol.on('commandComplete', (message: CommandComplete) => {
    wire.lastCommand = message.text
    if (message.text === 'LISTEN') wire.isListening = true
    else if (message.text === 'UNLISTEN') wire.isListening = false
  })
  protocol.prependListener('end', () => {
    wire.hasEnded = true
  })
  // `drain`: pg has nothing running and nothing queued, whatever became of statements it refused.
  client.on('drain', () => {
    wire.outstanding = 0
    forgetSubmittables(wire)
    wire.onSettled?.()
  })
}

/** Cursors and streams run as long as their reader likes, so that they have nothing to be compared with. */
function fingerprintOf({ fingerprints }: ConnectionHealthMonitor, query: unknown): number {
  if (typeof query === 'string') return fingerprints.of(query)
  if (typeof query !== 'object' || query === null || isSubmittable(query)) return unknownFingerprint
  const { text, name } = query as { readonly text?: unknown; readonly name?: unknown }
  if (typeof text !== 'string') return unknownFingerprint
  return fingerprints.of(text, typeof name === 'string' ? name : undefined)
}

function forgetSubmittables({ submittables }: WireFacts): void {
  if (submittables.length > 0) submittables.length = 0
}

/** Keeps the books of a transaction that begins or ends with the statement just answered. */
function followTransaction(
  { wire, metrics }: Connection,
  status: TransactionStatus,
  now: number,
): void {
  if (wire.transactionStatus === 'I') {
    wire.transactionSince = wire.submittedAt
    metrics.beginTransaction(wire.submittedAt)
  } else if (status === 'I') {
    metrics.recordTransaction(now - wire.transactionSince, wire.lastCommand === 'ROLLBACK')
  }
  wire.transactionStatus = status
}

type Method = (...args: unknown[]) => unknown

/**
 * The client's own methods, looked up at each call, so that instrumentation which patches the class
 * later still takes effect.
 */
function originalsOf(client: object): { query: () => Method; end: () => Method } {
  const prototype = Object.getPrototypeOf(client) as { query: Method; end: Method }
  const own = client as Partial<typeof prototype>
  const ownQuery = Object.hasOwn(client, 'query') ? own.query : undefined
  const ownEnd = Object.hasOwn(client, 'end') ? own.end : undefined
  return {
    query: () => ownQuery ?? prototype.query,
    end: () => ownEnd ?? prototype.end,
  }
}

/** Not enumerable, as the method of the class was. */
function define(client: object, name: string, value: Method): void {
  Object.defineProperty(client, name, {
    configurable: true,
    enumerable: false,
    writable: true,
    value,
  })
}
