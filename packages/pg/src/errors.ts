import { HealthError, type LostBecause, type PoolCounts } from '@hale/core'
import type { ServerRole } from './pool/roles.ts'
import type { TargetSessionAttrs } from './target-server.ts'

export type { PoolCounts }

/**
 * Why no connection came free.
 *
 * - `busy`: all were in use
 * - `leaked`: most of those in use were forgotten by their holders
 * - `nested-acquire`: most of those in use belong to holders that wait for this very pool
 * - `server-down`: none could be opened
 */
export type AcquireTimeoutReason = 'busy' | 'leaked' | 'nested-acquire' | 'server-down'

/** One lease that lasted while a caller waited in vain. */
export interface LeaseHolder {
  readonly connectionId: number
  /** How long it has lasted, ms. */
  readonly leasedMs: number
  /** How long its holder has sent nothing, ms; 0 while a statement runs. */
  readonly quietMs: number
  /** Where in the application it began, as far as that was noted. */
  readonly leasedBy: string | undefined
  /** It counts as forgotten (`leakDetection.afterMs`). */
  readonly isLeaked: boolean
  /** Its holder waits for another connection of the same pool, as far as that can be seen. */
  readonly isWaiting: boolean
}

/**
 * No connection came free within the acquire deadline. Trying again at once makes it worse: see `counts`.
 * `cause` is the error of the latest opening where that is why.
 */
export class AcquireTimeoutError extends HealthError {
  override readonly name = 'AcquireTimeoutError'
  readonly code = 'HALE_ACQUIRE_TIMEOUT'
  readonly reason: AcquireTimeoutReason
  readonly waitedMs: number
  readonly counts: PoolCounts
  /** The longest leases, ten at most, the longest first. */
  readonly holders: readonly LeaseHolder[]
  constructor(
    reason: AcquireTimeoutReason,
    waitedMs: number,
    evidence: { readonly counts: PoolCounts; readonly holders: readonly LeaseHolder[] },
    options?: ErrorOptions,
  ) {
    const { counts, holders } = evidence
    const { max, total, leased, opening, waiting } = counts
    super(
      // pg-pool's own words first, because applications match on them
      `timeout exceeded when trying to connect: no connection within ${Math.round(waitedMs)} ms, ${reason} ` +
        `(max ${max}, total ${total}, leased ${leased}, opening ${opening}, waiting ${waiting})` +
        longestOf(reason, holders),
      options,
    )
    this.reason = reason
    this.waitedMs = waitedMs
    this.counts = counts
    this.holders = holders
  }
}

/** The lease that explains the reason best, for whoever reads nothing but the message. */
function longestOf(reason: AcquireTimeoutReason, holders: readonly LeaseHolder[]): string {
  const culprit = holders.find(({ isLeaked, isWaiting, leasedBy }) => {
    const isMeant = reason === 'leaked' ? isLeaked : reason === 'nested-acquire' && isWaiting
    return isMeant && leasedBy !== undefined
  })
  if (culprit === undefined) return ''
  return `; leased ${Math.round(culprit.leasedMs)} ms ago by ${culprit.leasedBy}`
}

/**
 * The server has not been reachable for a while, so that waiting is pointless: openings fail, and no
 * connection was heard of. `cause` is the error of the latest opening. Callers are served again as soon as
 * a trial succeeds; the pool goes on trying by itself.
 */
export class ServerUnavailableError extends HealthError {
  override readonly name = 'ServerUnavailableError'
  readonly code = 'HALE_SERVER_UNAVAILABLE'
  /** Failed openings in a row. */
  readonly failures: number
  constructor(failures: number, options?: ErrorOptions) {
    super(`the server takes no connections: ${failures} attempts in a row have failed`, options)
    this.failures = failures
  }
}

/**
 * A server answered that is not the one wanted (`targetSessionAttrs`): the `cause` where no server that
 * fits was found. The pool goes on looking by itself.
 */
export class WrongRoleError extends HealthError {
  override readonly name = 'WrongRoleError'
  readonly code = 'HALE_SERVER_UNAVAILABLE'
  /** As it was dialled; `undefined` where the client does not tell. */
  readonly host: string | undefined
  readonly port: number | undefined
  readonly wanted: TargetSessionAttrs
  /** What the server is; `unknown` when it would not say. */
  readonly found: ServerRole
  constructor(
    server: { readonly host?: string; readonly port?: number },
    wanted: TargetSessionAttrs,
    found: ServerRole,
  ) {
    const { host, port } = server
    const where = host === undefined ? 'the server' : `${host}:${port}`
    super(`wrong role: ${where} is ${inWords[found]}, where ${wanted} is wanted`)
    this.host = host
    this.port = port
    this.wanted = wanted
    this.found = found
  }
}

const inWords: Readonly<Record<ServerRole, string>> = {
  primary: 'a primary',
  'read-only': 'read-only by default',
  standby: 'a standby',
  unknown: 'of a role that it does not tell',
}

/** The pool is closing or closed: it lends nothing more, and whoever waited is told so. */
export class PoolClosedError extends HealthError {
  override readonly name = 'PoolClosedError'
  readonly code = 'HALE_POOL_CLOSED'
}

/**
 * The link died under a running statement. Whether the statement took effect is unknown; Hale does not
 * send it again.
 */
export class ConnectionLostError extends HealthError {
  override readonly name = 'ConnectionLostError'
  readonly code = 'HALE_CONNECTION_LOST'
  /** How long the statement had no answer, ms. */
  readonly waitedMs: number
  /**
   * What was found out on another connection: its backend waits for us (`idle`), there is none any more
   * (`gone`), or the server answers nobody (`unanswered`).
   */
  readonly because: LostBecause
  constructor(waitedMs: number, because: LostBecause) {
    super(`connection lost: no answer for ${Math.round(waitedMs)} ms, and ${findings[because]}`)
    this.waitedMs = waitedMs
    this.because = because
  }
}

const findings: Readonly<Record<LostBecause, string>> = {
  idle: 'the server waits for us',
  gone: 'the server has no such backend any more',
  unanswered: 'the server answers nobody',
}

/**
 * COMMIT was sent, and no answer says what became of it: whether the transaction took effect is unknown.
 * `cause` is the error in place of the answer. Hale does not send it again; whoever does the same work
 * again must find out first, by a key of their own for example.
 */
export class CommitUnknownError extends HealthError {
  override readonly name = 'CommitUnknownError'
  readonly code = 'HALE_COMMIT_UNKNOWN'
  constructor(options: { readonly cause: unknown }) {
    super('the outcome of COMMIT is unknown: it was sent, and the server did not say', options)
  }
}

/**
 * COMMIT was answered by ROLLBACK: a statement of the transaction had failed, its error was swallowed, and
 * nothing of the transaction has taken effect. PostgreSQL reports that as a success.
 */
export class TransactionAbortedError extends HealthError {
  override readonly name = 'TransactionAbortedError'
  readonly code = 'HALE_TRANSACTION_ABORTED'
  constructor() {
    super('the transaction was rolled back at COMMIT: a statement in it had failed before')
  }
}
