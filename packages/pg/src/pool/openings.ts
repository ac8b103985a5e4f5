import { classifyFault, type EvictCause, serverUnreachable } from '@hale/core'
import { probe } from '../probe/probe.ts'
import type { TimerHandle } from '../time-source.ts'
import { Breaker } from './breaker.ts'
import { clean } from './cleaning.ts'
import { Connection } from './connection.ts'
import { publishOpened, publishOpenFailed } from './connection-events.ts'
import { OPENING_HEDGE_MS, OPENING_TIMEOUT_MS } from './engine-bounds.ts'
import type { EnginePorts, EngineTotals } from './engine-ports.ts'
import type { Incident } from './incident.ts'
import { type OpeningResult, openClient } from './opening.ts'
import { OpeningPace } from './opening-pace.ts'
import type { PoolableClient } from './poolable-client.ts'
import type { CandidateCallback } from './replacements.ts'

/** How an opening failed. */
export interface OpeningFailure {
  readonly error: Error
  /** Trying again would not help: the error is for the callers to see, in pg's own words. */
  readonly isPermanent: boolean
  /** It was not to replace another connection. */
  readonly isDemanded: boolean
  /** There may be a session to say goodbye to: a hook of the application's refused it. */
  readonly isOpen: boolean
}

/** What becomes of openings is the engine's business. */
export interface OpeningOutcomes {
  /** The client is made, and takes a slot from now on. */
  onBegun(connection: Connection): void
  /** It is open and clean and, where it replaces another, has answered. */
  onReady(connection: Connection): void
  /** `connection` is `undefined` when not even a client could be made. */
  onFailed(failure: OpeningFailure, connection: Connection | undefined): void
  /** One is open and not ready yet, or takes its time: others that were held up may begin. */
  onProgress(): void
  /** It opened, and then turned out to be of no use. */
  onUnfit(connection: Connection, cause: EvictCause): void
  /** The latest sign of life of any connection. */
  heardAt(): number
}

/** Takes connections from the decision to open one until it is ready to be lent, or failed. */
export class Openings {
  readonly breaker: Breaker
  readonly #ports: EnginePorts
  readonly #totals: EngineTotals
  readonly #incident: Incident
  readonly #outcomes: OpeningOutcomes
  readonly #pace: OpeningPace
  /** Those whose clients are connecting. */
  readonly #connecting = new Set<Connection>()
  /** Connecting for so long that nobody counts on them any more. */
  readonly #overdue = new Set<Connection>()
  /** Open, and being cleaned or verified. */
  readonly #preparing = new Set<Connection>()
  #nextId = 1
  #latestError: Error | undefined
  #retry: TimerHandle | undefined

  constructor(
    ports: EnginePorts,
    totals: EngineTotals,
    incident: Incident,
    outcomes: OpeningOutcomes,
  ) {
    this.#ports = ports
    this.#totals = totals
    this.#incident = incident
    this.#outcomes = outcomes
    this.#pace = new OpeningPace(ports.random)
    this.breaker = new Breaker(ports.policy.opening.outageToleranceMs, ports.monitor)
  }

  /** Connections on their way. */
  get size(): number {
    return this.#connecting.size + this.#overdue.size + this.#preparing.size
  }
  /** Those that waiters may count on: neither overdue nor candidates. */
  get promising(): number {
    let count = 0
    for (const { onCandidate } of this.#connecting) if (onCandidate === undefined) count += 1
    for (const { onCandidate } of this.#preparing) if (onCandidate === undefined) count += 1
    return count
  }
  isConnecting(connection: Connection): boolean {
    return this.#connecting.has(connection) || this.#overdue.has(connection)
  }
  /** Failed attempts since the last that succeeded. */
  get failures(): number {
    return this.#pace.failures
  }
  /** Why the latest attempt failed; `undefined` since one succeeded. */
  get latestError(): Error | undefined {
    return this.#latestError
  }

  /** Whether one more may begin; `demanded` by a caller who waits for it. */
  permits(now: number, demanded: boolean): boolean {
    return this.#pace.permits(now, this.#connecting.size, demanded)
  }

  /** Begins to open one; `replaces` names the one that leaves, or may leave, once it is ready. */
  begin(replaces?: Connection, onCandidate?: CandidateCallback): Connection | undefined {
    const { monitor, time, options, hooks } = this.#ports
    const now = time.now()
    const client = this.#createClient(now, replaces === undefined)
    if (client === undefined) return undefined
    const id = this.#nextId
    this.#nextId += 1
    const connection = new Connection(id, client, monitor.track(id), this.#incident, now)
    connection.replaces = replaces
    connection.onCandidate = onCandidate
    this.#outcomes.onBegun(connection)
    this.#connecting.add(connection)
    const { connectionTimeoutMillis: acquireMs } = options
    const timeoutMs = acquireMs > 0 ? Math.min(OPENING_TIMEOUT_MS, acquireMs) : OPENING_TIMEOUT_MS
    const hedge = time.setTimeout(() => {
      if (!this.#connecting.delete(connection)) return
      this.#overdue.add(connection)
      this.#outcomes.onProgress()
    }, OPENING_HEDGE_MS)
    openClient(client, hooks, timeoutMs, time, (result) => {
      time.clearTimeout(hedge)
      this.#connecting.delete(connection)
      this.#overdue.delete(connection)
      if (connection.state === 'opening') this.#ended(connection, result)
    })
    return connection
  }

  /** The pool gave it up meanwhile. */
  abandon(connection: Connection): void {
    this.#connecting.delete(connection)
    this.#overdue.delete(connection)
    this.#preparing.delete(connection)
  }

  /** Calls back when the next attempt may begin. One that is under way calls back when it ends. */
  retryLater(now: number, callback: () => void): void {
    if (this.#connecting.size > 0 || this.#retry !== undefined) return
    const delayMs = Math.max(0, this.#pace.nextAttemptAt - now)
    this.#retry = this.#ports.time.setTimeout(() => {
      this.#retry = undefined
      callback()
    }, delayMs)
  }

  stop(): void {
    if (this.#retry !== undefined) this.#ports.time.clearTimeout(this.#retry)
  }

  /** A client that cannot even be made (options that pg refuses) is a permanent failure of its opening. */
  #createClient(now: number, isDemanded: boolean): PoolableClient | undefined {
    try {
      return this.#ports.createClient()
    } catch (thrown) {
      const error = thrown as Error
      this.#noteFailure(now, error, true)
      const failure = { error, isPermanent: true, isDemanded, isOpen: false }
      this.#outcomes.onFailed(failure, undefined)
      return undefined
    }
  }

  #ended(connection: Connection, result: OpeningResult): void {
    const { monitor, events, time, recycler } = this.#ports
    const now = time.now()
    if (result.kind !== 'opened') {
      this.#failed(connection, result.error, result.kind === 'hook-failed', now)
      return
    }
    this.#pace.succeeded()
    this.#latestError = undefined
    this.breaker.succeeded(now)
    monitor.clear('server_unreachable')
    this.#totals.opened += 1
    connection.openedAt = now
    connection.metrics.opened(now)
    connection.wire.heardAt = now
    connection.deadlineAt = recycler.drawDeadline(now)
    publishOpened(monitor, connection, now)
    events.connect(connection.client)
    if (connection.state !== 'opening') return
    this.#preparing.add(connection)
    this.#cleanUp(connection)
    if (this.#preparing.has(connection)) this.#outcomes.onProgress()
  }

  #failed(connection: Connection, error: Error, byHook: boolean, now: number): void {
    const { monitor, policy } = this.#ports
    const fault = classifyFault(error)
    const isHostUnknown = fault.kind === 'host_unknown' && !policy.opening.strictHost
    const isTransient =
      !byHook && (isHostUnknown || (fault.retryable && fault.scope !== 'statement'))
    this.#noteFailure(now, error, !isTransient)
    publishOpenFailed(monitor, connection, fault, now)
    if (isTransient) {
      monitor.sight(serverUnreachable(this.#pace.failures, fault.kind))
      this.breaker.failed(now, this.#outcomes.heardAt())
    }
    const isDemanded = connection.replaces === undefined
    const failure = { error, isPermanent: !isTransient, isDemanded, isOpen: byHook }
    this.#outcomes.onFailed(failure, connection)
  }

  #noteFailure(now: number, error: Error, isPermanent: boolean): void {
    this.#pace.failed(now, isPermanent)
    this.#latestError = error
    this.#totals.openFailures += 1
  }

  // the application's hooks and 'connect' listeners may have left work behind
  #cleanUp(connection: Connection): void {
    const { health, time } = this.#ports
    clean(connection, { timeoutMs: health.cleanupTimeoutMs }, time, (result) => {
      if (connection.state !== 'opening') return
      if (result !== 'clean') this.#outcomes.onUnfit(connection, result)
      else if (connection.replaces === undefined) this.#ready(connection)
      else this.#verify(connection)
    })
  }

  /** What takes the place of one that works has to have answered once. */
  #verify(connection: Connection): void {
    const { health, time } = this.#ports
    const patience = { time, timeoutMs: health.probeTimeoutMs, isServerSilent: () => false }
    probe(connection, 'network', patience, (outcome) => {
      if (connection.state !== 'opening') return
      if (outcome === 'answered') this.#ready(connection)
      else this.#outcomes.onUnfit(connection, outcome === 'failed' ? 'lost' : 'unresponsive')
    })
  }

  #ready(connection: Connection): void {
    this.#preparing.delete(connection)
    this.#outcomes.onReady(connection)
  }
}
