import type { ConnectionHealthMonitor } from '@hale/core'

/** Failed attempts in a row that it takes at least; two may be one accident. */
const LEAST_FAILURES = 3

/**
 * Tells a confirmed outage from a transient one: openings have failed for `afterMs`, three times at
 * least, and no connection was heard of meanwhile. While it is open callers are told at once, and one
 * trial at a time is made, at the pace of the openings' back-off.
 */
export class Breaker {
  readonly #afterMs: number | false
  readonly #monitor: ConnectionHealthMonitor
  #failures = 0
  #failingSince = 0
  #openedAt: number | undefined

  constructor(afterMs: number | false, monitor: ConnectionHealthMonitor) {
    this.#afterMs = afterMs
    this.#monitor = monitor
  }

  get isOpen(): boolean {
    return this.#openedAt !== undefined
  }

  /** An attempt failed at `now`; the latest sign of life of any connection was at `heardAt`. */
  failed(now: number, heardAt: number): void {
    if (this.#failures === 0 || heardAt > this.#failingSince) {
      this.#failures = 0
      this.#failingSince = now
    }
    this.#failures += 1
    const { isOpen } = this
    if (isOpen || this.#afterMs === false || this.#failures < LEAST_FAILURES) return
    if (now - this.#failingSince < this.#afterMs) return
    this.#openedAt = now
    this.#monitor.publish({ type: 'breaker:opened', at: now, failures: this.#failures })
  }

  /** Whether callers are to be told at once, `heardAt` being the latest sign of life. */
  refuses(now: number, heardAt: number): boolean {
    if (this.#openedAt === undefined) return false
    if (heardAt <= this.#openedAt) return true
    this.succeeded(now)
    return false
  }

  /** The server has shown up. */
  succeeded(now: number): void {
    this.#failures = 0
    if (this.#openedAt === undefined) return
    this.#openedAt = undefined
    this.#monitor.publish({ type: 'breaker:closed', at: now })
  }
}
