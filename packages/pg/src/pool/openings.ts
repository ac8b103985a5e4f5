import type { TimerHandle, TimeSource } from '../time-source.ts'
import type { Connection } from './connection.ts'
import { OPENING_TIMEOUT_MS } from './engine-bounds.ts'
import { type OpeningHooks, type OpeningResult, openClient } from './opening.ts'
import { OpeningBackoff } from './opening-backoff.ts'

/** The connections whose clients are connecting, and when the next may. */
export class Openings {
  readonly #time: TimeSource
  readonly #hooks: OpeningHooks
  readonly #backoff: OpeningBackoff
  /** One that is being admitted is open already, and not here. */
  readonly #connecting = new Set<Connection>()
  #latestError: Error | undefined
  #retry: TimerHandle | undefined

  constructor(time: TimeSource, hooks: OpeningHooks, random: () => number) {
    this.#time = time
    this.#hooks = hooks
    this.#backoff = new OpeningBackoff(random)
  }

  get size(): number {
    return this.#connecting.size
  }
  has(connection: Connection): boolean {
    return this.#connecting.has(connection)
  }
  /** Failed attempts since the last that succeeded. */
  get failures(): number {
    return this.#backoff.failures
  }
  /** Why the latest attempt failed; `undefined` since one succeeded. */
  get latestError(): Error | undefined {
    return this.#latestError
  }

  /** Whether one more may begin; `demanded` by a caller who waits for it. */
  permits(now: number, demanded: boolean): boolean {
    return this.#backoff.permits(now, this.#connecting.size, demanded)
  }

  /** Connects the client of `connection`, within the acquire deadline where there is one. */
  begin(
    connection: Connection,
    acquireTimeoutMs: number,
    ended: (result: OpeningResult) => void,
  ): void {
    this.#connecting.add(connection)
    const timeoutMs =
      acquireTimeoutMs > 0 ? Math.min(OPENING_TIMEOUT_MS, acquireTimeoutMs) : OPENING_TIMEOUT_MS
    openClient(connection.client, this.#hooks, timeoutMs, this.#time, (result) => {
      this.#connecting.delete(connection)
      ended(result)
    })
  }

  /** The pool gave it up meanwhile. */
  abandon(connection: Connection): void {
    this.#connecting.delete(connection)
  }

  succeeded(): void {
    this.#backoff.succeeded()
    this.#latestError = undefined
  }

  failed(now: number, error: Error, permanent: boolean): void {
    this.#backoff.failed(now, permanent)
    this.#latestError = error
  }

  /** Calls back when the next attempt may begin. One that is under way calls back when it ends. */
  retryLater(now: number, callback: () => void): void {
    if (this.#connecting.size > 0 || this.#retry !== undefined) return
    const delayMs = Math.max(0, this.#backoff.nextAttemptAt - now)
    this.#retry = this.#time.setTimeout(() => {
      this.#retry = undefined
      callback()
    }, delayMs)
  }

  stop(): void {
    if (this.#retry !== undefined) this.#time.clearTimeout(this.#retry)
  }
}
