import { HealthError } from '@hale/core'

/** The pool's connections by what they are doing, and who waits for one. */
export interface PoolCounts {
  readonly max: number
  /** Connections that take a slot: all of the below but `closing`. */
  readonly total: number
  readonly opening: number
  readonly idle: number
  readonly leased: number
  readonly probing: number
  readonly cleaning: number
  readonly closing: number
  readonly waiting: number
}

/** Why no connection came free: all were in use, or none could be opened. */
export type AcquireTimeoutReason = 'busy' | 'server-down' | 'leaked' | 'nested-acquire'

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
  constructor(
    reason: AcquireTimeoutReason,
    waitedMs: number,
    counts: PoolCounts,
    options?: ErrorOptions,
  ) {
    const { max, total, leased, opening, waiting } = counts
    super(
      // pg-pool's own words first, because applications match on them
      `timeout exceeded when trying to connect: no connection within ${Math.round(waitedMs)} ms, ${reason} ` +
        `(max ${max}, total ${total}, leased ${leased}, opening ${opening}, waiting ${waiting})`,
      options,
    )
    this.reason = reason
    this.waitedMs = waitedMs
    this.counts = counts
  }
}

/** The pool is closing or closed: it lends nothing more, and whoever waited is told so. */
export class PoolClosedError extends HealthError {
  override readonly name = 'PoolClosedError'
  readonly code = 'HALE_POOL_CLOSED'
}

/**
 * The link died under a running statement, which the server does not know or has long answered. Whether
 * the statement took effect is unknown; Hale does not send it again.
 */
export class ConnectionLostError extends HealthError {
  override readonly name = 'ConnectionLostError'
  readonly code = 'HALE_CONNECTION_LOST'
  readonly waitedMs: number
  constructor(waitedMs: number) {
    super(`connection lost: no answer for ${Math.round(waitedMs)} ms, and the server waits for us`)
    this.waitedMs = waitedMs
  }
}
