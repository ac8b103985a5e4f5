import {
  classifyFault,
  type EvictCause,
  type Fault,
  serverUnreachable,
  wrongRole,
} from '@hale/core'
import { WrongRoleError } from '../errors.ts'
import { probe } from '../probe/probe.ts'
import type { TimerHandle } from '../time-source.ts'
import { Breaker } from './breaker.ts'
import { checkRole } from './check-role.ts'
import { clean } from './cleaning.ts'
import { Connection } from './connection.ts'
import { publishOpened, publishOpenFailed } from './connection-events.ts'
import { OPENING_HEDGE_MS, OPENING_TIMEOUT_MS } from './engine-bounds.ts'
import type { EnginePorts, EngineTotals } from './engine-ports.ts'
import type { HostTurn } from './host-rotation.ts'
import type { Incident } from './incident.ts'
import { type OpeningResult, openClient } from './opening.ts'
import { OpeningPace } from './opening-pace.ts'
import type { PoolableClient } from './poolable-client.ts'
import type { CandidateCallback } from './replacements.ts'
import type { RoleWatch } from './role-watch.ts'

/** How an opening failed. */
export interface OpeningFailure {
  readonly error: Error
  /** Trying again would not help: the error is for the callers to see, in pg's own words. */
  readonly isPermanent: boolean
  /** It was not to replace another connection. */
  readonly isDemanded: boolean
  /** There may be a session to say goodbye to: a hook of the application's refused it, or its role did not fit. */
  readonly isOpen: boolean
  /** Another host is left, on which the next opening may begin at once. */
  readonly hasNextHost: boolean
}

/** SQLSTATE cannot_connect_now: the server is there, and starts, stops or recovers. */
const CANNOT_CONNECT_NOW = '57P03'

/** A server answered, and its role does not fit. */
const wrongRoleFault: Fault = Object.freeze({
  kind: 'server_unavailable',
  scope: 'role',
  retryable: true,
  endsSession: true,
})

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
  readonly #roles: RoleWatch
  readonly #outcomes: OpeningOutcomes
  readonly #pace: OpeningPace
  /** Those whose clients are connecting. */
  readonly #connecting = new Set<Connection>()
  /** Connecting for so long that nobody counts on them any more. */
  readonly #overdue = new Set<Connection>()
  /** Open, and being cleaned or verified. */
  readonly #preparing = new Set<Connection>()
  /** What ends the timers of an opening. */
  readonly #giveUps = new WeakMap<Connection, () => void>()
  #nextId = 1
  #latestError: Error | undefined
  /** Why the latest server in this round that answered was not taken. */
  #misfit: WrongRoleError | undefined
  #retry: TimerHandle | undefined

  constructor(
    ports: EnginePorts,
    totals: EngineTotals,
    incident: Incident,
    roles: RoleWatch,
    outcomes: OpeningOutcomes,
  ) {
    this.#ports = ports
    this.#totals = totals
    this.#incident = incident
    this.#roles = roles
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
    const { hosts, wanted } = this.#roles
    const turn = hosts.next(now)
    const client = this.#createClient(now, replaces === undefined, turn)
    if (client === undefined) return undefined
    const id = this.#nextId
    this.#nextId += 1
    const connection = new Connection(id, client, monitor.track(id), this.#incident, now)
    connection.replaces = replaces
    connection.onCandidate = onCandidate
    this.#outcomes.onBegun(connection)
    this.#connecting.add(connection)
    const { connectionTimeoutMillis: acquireMs } = options
    const mostMs = acquireMs > 0 ? Math.min(OPENING_TIMEOUT_MS, acquireMs) : OPENING_TIMEOUT_MS
    const timeoutMs = mostMs / hosts.size // a host that swallows everything leaves time for the others
    const check =
      wanted === 'any'
        ? undefined
        : (done: (result: OpeningResult) => void) => checkRole(connection, this.#roles, done)
    const hedge = time.setTimeout(() => {
      this.#connecting.delete(connection)
      this.#overdue.add(connection)
      hosts.dawdles(turn, time.now())
      this.#outcomes.onProgress()
    }, OPENING_HEDGE_MS)
    const giveUp = openClient(client, { hooks, check, timeoutMs }, time, (result) => {
      time.clearTimeout(hedge)
      this.#connecting.delete(connection)
      this.#overdue.delete(connection)
      this.#ended(connection, turn, result)
    })
    this.#giveUps.set(connection, () => {
      time.clearTimeout(hedge)
      giveUp()
    })
    return connection
  }

  /** The pool gave it up meanwhile. */
  abandon(connection: Connection): void {
    this.#giveUps.get(connection)?.()
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
  #createClient(now: number, isDemanded: boolean, turn: HostTurn): PoolableClient | undefined {
    try {
      return this.#ports.createClient(turn.host.address)
    } catch (thrown) {
      const error = thrown as Error
      this.#noteFailure(error)
      this.#pace.failed(now, true)
      const failure = { error, isPermanent: true, isDemanded, isOpen: false, hasNextHost: false }
      this.#outcomes.onFailed(failure, undefined)
      return undefined
    }
  }

  #ended(connection: Connection, turn: HostTurn, result: OpeningResult): void {
    const { monitor, events, time, recycler } = this.#ports
    const now = time.now()
    if (result.kind !== 'opened') {
      this.#failed(connection, turn, result, now)
      return
    }
    this.#pace.succeeded()
    this.#roles.hosts.opened(turn)
    this.#latestError = undefined
    this.#misfit = undefined
    this.breaker.succeeded(now)
    monitor.clear('server_unreachable')
    monitor.clear('wrong_role')
    this.#totals.opened += 1
    connection.openedAt = now
    connection.metrics.opened(now)
    connection.wire.heardAt = now
    connection.deadlineAt = recycler.drawDeadline(now)
    monitor.durations.openings.record(now - connection.openingAt)
    publishOpened(monitor, connection, now)
    events.connect(connection.client)
    if (connection.state !== 'opening') return
    this.#preparing.add(connection)
    this.#cleanUp(connection)
    if (this.#preparing.has(connection)) this.#outcomes.onProgress()
  }

  #failed(
    connection: Connection,
    turn: HostTurn,
    { kind, error }: Exclude<OpeningResult, { kind: 'opened' }>,
    now: number,
  ): void {
    const { monitor, policy } = this.#ports
    const byHook = kind === 'hook-failed'
    const fault = kind === 'wrong-role' ? wrongRoleFault : classifyFault(error)
    const isHostUnknown = !byHook && fault.kind === 'host_unknown'
    const isOutage = !byHook && fault.retryable && fault.scope !== 'statement'
    const isTransient = isOutage || (isHostUnknown && !policy.opening.strictHost)
    const { hosts } = this.#roles
    // what is wrong with this pool's options is so on every host; a name is one host's own
    const hasNextHost = (isTransient || isHostUnknown) && hosts.failed(turn, now)
    this.#noteFailure(error)
    const isHopeless = !isTransient || (kind === 'failed' && this.#isMisdialled(fault))
    const isThere = kind === 'wrong-role' || (isOutage && fault.sqlState === CANNOT_CONNECT_NOW)
    if (!hasNextHost) this.#pace.failed(now, isHopeless, hosts.size > 1 || isThere)
    publishOpenFailed(monitor, connection, fault, now)
    if (isTransient && !hasNextHost) this.#foundNone(fault, now)
    if (connection.state !== 'opening') return // a listener has just ended the pool
    this.#outcomes.onFailed(
      {
        error,
        isPermanent: isHopeless && !hasNextHost,
        isDemanded: connection.replaces === undefined,
        isOpen: byHook || kind === 'wrong-role',
        hasNextHost,
      },
      connection,
    )
  }

  /** No server answered, and none ever has: more likely the address is wrong than the server is down. */
  #isMisdialled({ sqlState, kind }: Fault): boolean {
    if (!this.#ports.policy.opening.strictStart || this.#roles.hosts.size > 1) return false
    return this.#totals.opened === 0 && sqlState === undefined && kind !== 'connection_timeout'
  }

  /** No host is left. A server that answered tells more than one that did not, whichever came last. */
  #foundNone(fault: Fault, now: number): void {
    const { monitor } = this.#ports
    const misfit = this.#misfit
    this.#misfit = undefined
    if (misfit === undefined) monitor.clear('wrong_role')
    else {
      const inHotStandby = misfit.found === 'unknown' ? undefined : misfit.found === 'standby'
      const { wanted } = misfit
      monitor.sight(wrongRole({ sqlState: undefined, inHotStandby, wanted }, 'server'))
      this.#latestError = misfit
    }
    if (fault === wrongRoleFault) monitor.clear('server_unreachable')
    else monitor.sight(serverUnreachable(this.#pace.failures, fault.kind))
    this.breaker.failed(now, this.#outcomes.heardAt())
  }

  #noteFailure(error: Error): void {
    this.#latestError = error
    if (error instanceof WrongRoleError) this.#misfit = error
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
