import { BugError, classifyFault, type Fault, type RecycleCause } from '@hale/core'
import { AcquireTimeoutError, PoolClosedError, type PoolCounts } from '../errors.ts'
import { type ProbeOutcome, probe } from '../probe/probe.ts'
import { attachWireTap } from '../tap/wire-tap.ts'
import type { TimerHandle } from '../time-source.ts'
import { clean } from './cleaning.ts'
import { closeClient } from './closing.ts'
import { Connection } from './connection.ts'
import {
  publishClosed,
  publishCondemned,
  publishLeased,
  publishOpened,
  publishOpenFailed,
  publishProbed,
  publishRecycled,
  publishReleased,
} from './connection-events.ts'
import { HEDGE_RATIO, OPENING_TIMEOUT_MS, OVERLAP, RECLAIM_MS } from './engine-bounds.ts'
import type { EnginePorts, EngineTotals } from './engine-ports.ts'
import { IdleConnections } from './idle-connections.ts'
import {
  poolExhaustion,
  serverUnreachable,
  transactionLeak,
  unresponsive,
  wrongRole,
} from './issue-sightings.ts'
import { type OpeningResult, openClient } from './opening.ts'
import { OpeningBackoff } from './opening-backoff.ts'
import type { PoolableClient } from './poolable-client.ts'
import type { AcquireCallback, Waiter } from './waiter-queue.ts'
import { WaitingRoom } from './waiting-room.ts'

/**
 * The pool itself: a state machine over connections.
 *
 * - `#slots` holds every connection that takes a slot (`opening` to `cleaning`), `#closing` the rest; a
 *   count is the size of one of these or is read off the connections' states.
 * - `#idle` holds exactly the connections in state `idle`, the latest used last.
 * - Whatever frees or makes a connection ends in `#pump`, which serves the waiters in order: a waiter is
 *   never tied to one opening or one verification.
 * - `size <= max + OVERLAP`, the overlap for one replacement at a time.
 */
export class PoolEngine {
  readonly totals: EngineTotals = {
    leases: 0,
    acquireTimeouts: 0,
    opened: 0,
    openFailures: 0,
    closed: 0,
  }
  readonly #ports: EnginePorts
  readonly #slots = new Set<Connection>()
  readonly #closing = new Set<Connection>()
  readonly #idle = new IdleConnections()
  /** Connections whose clients are connecting; one that is being admitted is open already. */
  readonly #opening = new Set<Connection>()
  /** Connections being verified for a waiter, while it still counts on them. */
  readonly #verifying = new Set<Connection>()
  readonly #waiters: WaitingRoom
  readonly #backoff: OpeningBackoff
  #lastOpenError: Error | undefined
  #nextId = 1
  #backoffTimer: TimerHandle | undefined
  /** The latest instant at which a connection died: what was not heard of since is suspect. */
  #incidentAt = Number.NEGATIVE_INFINITY
  #replacement: Connection | undefined
  #ending = false
  #onEnded: (() => void) | undefined

  constructor(ports: EnginePorts) {
    this.#ports = ports
    this.#backoff = new OpeningBackoff(ports.random)
    this.#waiters = new WaitingRoom(ports.time, (waiter, now) => this.#timeOut(waiter, now))
  }

  // what there is

  get size(): number {
    return this.#slots.size
  }
  get idleCount(): number {
    return this.#idle.size
  }
  get waitingCount(): number {
    return this.#waiters.size
  }
  get ending(): boolean {
    return this.#ending
  }
  get ended(): boolean {
    return this.#ending && this.#slots.size === 0 && this.#closing.size === 0
  }
  /** Every connection that takes a slot, in the order of their opening. */
  connections(): IterableIterator<Connection> {
    return this.#slots.values()
  }
  /** Failed opening attempts since the last that succeeded. */
  get openingFailures(): number {
    return this.#backoff.failures
  }
  counts(): PoolCounts {
    const byState = {
      opening: 0,
      idle: 0,
      leased: 0,
      probing: 0,
      cleaning: 0,
      closing: 0,
      closed: 0,
    }
    for (const connection of this.#slots) byState[connection.state] += 1
    const { opening, idle, leased, probing, cleaning } = byState
    const { max } = this.#ports.options
    const [total, closing, waiting] = [this.#slots.size, this.#closing.size, this.#waiters.size]
    return { max, total, opening, idle, leased, probing, cleaning, closing, waiting }
  }

  // acquire

  /** Leases a trusted idle connection, where there is one and nobody waits; the way that costs least. */
  acquireNow(): Connection | undefined {
    if (this.#waiters.size > 0 || this.#ending) return undefined
    const now = this.#ports.time.now()
    const connection = this.#idle.takeLast(this.#isTrusted, now)
    if (connection !== undefined) this.#lease(connection, now, now)
    return connection
  }

  /** Calls back when a connection comes free, or with an error at the deadline. */
  acquire(callback: AcquireCallback): void {
    if (this.#ending) {
      callback(new PoolClosedError('Cannot use a pool after calling end on the pool'), undefined)
      return
    }
    const { time, options, monitor } = this.#ports
    const since = time.now()
    const timeoutMs = options.connectionTimeoutMillis
    const deadlineAt = timeoutMs > 0 ? since + timeoutMs : Number.POSITIVE_INFINITY
    this.#waiters.add({ callback, since, deadlineAt })
    if (monitor.hears('acquire:queued')) {
      monitor.publish({ type: 'acquire:queued', at: since, waiting: this.#waiters.size })
    }
    this.#pump(since)
  }

  /** Whether an idle connection needs no check before it is lent. */
  readonly #isTrusted = ({ wire, deadlineAt }: Connection, now: number): boolean =>
    now - wire.heardAt <= this.#ports.health.bypassWindowMs &&
    wire.heardAt >= this.#incidentAt &&
    now < deadlineAt

  /** Whether an idle connection may be lent once it has answered; the sweep replaces the rest. */
  readonly #isWithinLifetime = ({ deadlineAt }: Connection, now: number): boolean =>
    now < deadlineAt

  #lease(connection: Connection, since: number, now: number): void {
    const { client } = connection
    const { monitor, events, options } = this.#ports
    connection.moveTo('leased')
    connection.leasedAt = now
    connection.lease += 1
    this.totals.leases += 1
    if (options.allowExitOnIdle) client.ref?.()
    const { lease } = connection
    client.release = (error) => this.#release(connection, lease, error)
    publishLeased(monitor, connection, now - since, now)
    events.acquire(client)
  }

  /** Serves waiters with what is trusted, then makes sure that enough is on its way for the rest. */
  #pump(now: number): void {
    while (this.#waiters.size > 0) {
      const connection = this.#idle.takeLast(this.#isTrusted, now)
      if (connection === undefined) break
      this.#lendToFirst(connection, now)
    }
    const { max } = this.#ports.options
    while (this.#opening.size + this.#verifying.size < this.#waiters.size) {
      const silent = this.#idle.takeLast(this.#isWithinLifetime, now)
      if (silent !== undefined) this.#verify(silent, now)
      else if (this.#slots.size >= max) {
        const overdue = this.#idle.last
        if (overdue === undefined) break
        this.condemn(overdue, 'lifetime') // nobody may have it, and it holds the slot that is needed
      } else if (this.#backoff.permits(now, this.#opening.size, true)) this.#open(now)
      else {
        // an opening that is under way pumps when it ends
        if (this.#opening.size === 0) this.#pumpAt(this.#backoff.nextAttemptAt, now)
        break
      }
    }
  }

  #lendToFirst(connection: Connection, now: number): void {
    const { callback, since } = this.#waiters.shift() as Waiter
    this.#lease(connection, since, now)
    callback(undefined, connection)
  }

  #pumpAt(at: number, now: number): void {
    if (this.#backoffTimer !== undefined) return
    const pump = (): void => {
      this.#backoffTimer = undefined
      if (!this.#ending) this.#pump(this.#ports.time.now())
    }
    this.#backoffTimer = this.#ports.time.setTimeout(pump, Math.max(0, at - now))
  }

  #timeOut(waiter: Waiter, now: number): void {
    const { monitor } = this.#ports
    const counts = this.counts()
    const waitedMs = now - waiter.since
    const down = this.#backoff.failures > 0 && counts.leased === 0
    this.totals.acquireTimeouts += 1
    monitor.publish({ type: 'acquire:timed-out', at: now, waitedMs, waiting: counts.waiting })
    if (!down) monitor.sight(poolExhaustion(counts))
    const reason = down ? 'server-down' : 'busy'
    const options = down ? { cause: this.#lastOpenError } : undefined
    waiter.callback(new AcquireTimeoutError(reason, waitedMs, counts, options), undefined)
  }

  // opening

  /** Opens one connection; `replaces` names the one that leaves once this one is ready. */
  #open(now: number, replaces?: Connection): void {
    const { monitor, time, hooks, options } = this.#ports
    const client = this.#createClient(now, replaces === undefined)
    if (client === undefined) return
    const id = this.#nextId
    this.#nextId += 1
    const connection = new Connection(id, client, monitor.track(id), now)
    connection.replaces = replaces
    if (replaces !== undefined) this.#replacement = connection
    this.#slots.add(connection)
    this.#opening.add(connection)
    // for the client's whole life: an 'error' without a listener would end the process
    client.on('error', (error: Error) => this.#lost(connection, error))
    client.on('end', () => this.#lost(connection, undefined))
    attachWireTap(connection, {
      time,
      onFault: (subject, fault) => this.#faulted(subject, fault),
      onEnded: (subject) => this.condemn(subject, 'lost'),
    })
    const { connectionTimeoutMillis: acquireMs } = options
    const timeoutMs = acquireMs > 0 ? Math.min(OPENING_TIMEOUT_MS, acquireMs) : OPENING_TIMEOUT_MS
    openClient(client, hooks, timeoutMs, time, (result) => this.#openingEnded(connection, result))
  }

  /** A client that cannot even be made (options that pg refuses) is a permanent failure of its opening. */
  #createClient(now: number, demanded: boolean): PoolableClient | undefined {
    try {
      return this.#ports.createClient()
    } catch (error) {
      this.#backoff.failed(now, true)
      this.#lastOpenError = error as Error
      this.totals.openFailures += 1
      if (demanded) this.#waiters.shift()?.callback(error as Error, undefined)
      return undefined
    }
  }

  #openingEnded(connection: Connection, result: OpeningResult): void {
    this.#opening.delete(connection)
    if (connection.state !== 'opening') return // the pool ended meanwhile
    const { monitor, events, time } = this.#ports
    const now = time.now()
    if (result.kind !== 'opened') {
      this.#openingFailed(connection, result.error, result.kind === 'hook-failed', now)
      return
    }
    this.#backoff.succeeded()
    this.#lastOpenError = undefined
    monitor.clear('server_unreachable')
    this.totals.opened += 1
    connection.openedAt = now
    connection.wire.heardAt = now
    connection.deadlineAt = this.#ports.recycler.drawDeadline(now)
    publishOpened(monitor, connection, now)
    events.connect(connection.client)
    if (connection.state === 'opening') this.#admitWhenClean(connection)
  }

  #openingFailed(connection: Connection, error: Error, byHook: boolean, now: number): void {
    const { monitor, time } = this.#ports
    const fault = classifyFault(error)
    const transient = !byHook && fault.retryable && fault.scope !== 'statement'
    this.#backoff.failed(now, !transient)
    this.#lastOpenError = error
    this.totals.openFailures += 1
    publishOpenFailed(monitor, connection, fault, now)
    if (transient) monitor.sight(serverUnreachable(this.#backoff.failures, fault.kind))
    this.#leaveSlot(connection)
    closeClient(connection.client, !byHook, time, () => this.#closed(connection))
    // a permanent error is the caller's to see, at once and in pg's own words
    const replacing = connection.replaces !== undefined
    if (!transient && !replacing) this.#waiters.shift()?.callback(error, undefined)
    this.#pump(now)
  }

  // the application's hooks and 'connect' listeners may have left work behind
  #admitWhenClean(connection: Connection): void {
    const { health, time } = this.#ports
    clean(connection, health.cleanupTimeoutMs, time, (result) => {
      if (connection.state !== 'opening') return
      if (result !== 'clean') this.#close(connection, result, true)
      else this.#admit(connection)
    })
  }

  #admit(connection: Connection): void {
    const { replaces } = connection
    connection.replaces = undefined
    this.#becomeIdle(connection, true, this.#ports.time.now())
    if (replaces !== undefined) this.#handOver(replaces)
    // openings that a back-off held up may begin now
    if (this.#waiters.size > 0 && !this.#ending) this.#pump(this.#ports.time.now())
  }

  // release

  #release(connection: Connection, lease: number, error: unknown): void {
    const isHeld = connection.lease === lease
    if (isHeld && (connection.state === 'closing' || connection.state === 'closed')) {
      connection.lease += 1
      return // reclaimed after it was lost: its holder is late, and not at fault
    }
    if (!isHeld || connection.state !== 'leased') {
      throw new Error('Release called on client which has already been released to the pool.')
    }
    connection.lease += 1 // over: whatever still refers to this lease comes too late
    const { monitor, events, options, time } = this.#ports
    const now = time.now()
    connection.metrics.recordLease(now - connection.leasedAt)
    publishReleased(monitor, connection, now)
    events.release(error, connection.client)
    if (connection.state !== 'leased') return // a listener ended the pool
    const { wire } = connection
    if (error) this.#mark(connection, 'released-with-error')
    if (connection.uses >= options.maxUses) this.#mark(connection, 'uses')
    if (now >= connection.deadlineAt) this.#mark(connection, 'lifetime')
    if (this.#ending) this.#mark(connection, 'pool-closed')
    const cause = connection.condemnedFor
    if (cause !== undefined) this.#close(connection, cause, wire.outstanding > 0)
    else if (wire.outstanding > 0 || wire.transactionStatus !== 'I') this.#clean(connection, now)
    else this.#becomeIdle(connection, false, now)
  }

  #clean(connection: Connection, now: number): void {
    const { monitor, time, health } = this.#ports
    const { wire, id } = connection
    connection.moveTo('cleaning')
    if (wire.outstanding === 0 && wire.transactionStatus !== 'I') {
      monitor.sight(transactionLeak(wire.transactionStatus, now - connection.leasedAt), id)
    }
    clean(connection, health.cleanupTimeoutMs, time, (result) => {
      if (connection.state !== 'cleaning') return
      if (result !== 'clean') this.#close(connection, result, true)
      else {
        monitor.clear('transaction_leak', id)
        this.#becomeIdle(connection, true, this.#ports.time.now())
      }
    })
  }

  /**
   * Every way into `idle`: closes what is condemned by now, else serves the first waiter. `verified` says
   * that the server has just answered on this connection, so that it needs no check.
   */
  #becomeIdle(connection: Connection, verified: boolean, now: number): void {
    if (this.#ending) this.#mark(connection, 'pool-closed')
    const cause = connection.condemnedFor
    if (cause !== undefined) {
      this.#close(connection, cause, false)
      return
    }
    const { options } = this.#ports
    if (connection.state !== 'probing') connection.idleSince = now
    if (verified) connection.wire.heardAt = now
    connection.moveTo('idle')
    const lendable = verified ? now < connection.deadlineAt : this.#isTrusted(connection, now)
    if (this.#waiters.size > 0 && lendable && !connection.probeWanted) {
      this.#lendToFirst(connection, now)
      return
    }
    this.#idle.add(connection)
    if (options.allowExitOnIdle) connection.client.unref?.()
    if (connection.probeWanted) this.probe(connection)
    if (this.#waiters.size > 0) this.#pump(now)
  }

  // probing

  #verify(connection: Connection, now: number): void {
    this.#verifying.add(connection)
    connection.moveTo('probing')
    const { time, health } = this.#ports
    const hedge = time.setTimeout(() => {
      if (this.#verifying.delete(connection)) this.#pump(time.now())
    }, health.probeTimeoutMs * HEDGE_RATIO)
    this.#probe(connection, 'verify', now, () => {
      time.clearTimeout(hedge)
      this.#verifying.delete(connection)
    })
  }

  /** Asks an idle connection for a sign of life; it is out of reach for one round trip at most. */
  probe(connection: Connection): void {
    connection.probeWanted = false
    this.#idle.remove(connection)
    connection.moveTo('probing')
    this.#probe(connection, 'probe', this.#ports.time.now(), () => {})
  }

  #probe(
    connection: Connection,
    during: 'verify' | 'probe',
    startedAt: number,
    settled: () => void,
  ): void {
    const { time, health, monitor } = this.#ports
    probe(connection, health.probeTimeoutMs, time, (outcome: ProbeOutcome) => {
      settled()
      const now = time.now()
      const ok = outcome === 'answered'
      publishProbed(monitor, connection, ok ? now - startedAt : undefined, now)
      if (connection.state !== 'probing') return // it died meanwhile
      if (ok) this.#becomeIdle(connection, true, now)
      else {
        monitor.sight(unresponsive(now - startedAt, during), connection.id)
        this.#incidentAt = now
        this.#close(connection, outcome === 'failed' ? 'lost' : 'unresponsive', true)
      }
    })
  }

  // faults

  #faulted(connection: Connection, fault: Fault): void {
    const { time, health, monitor } = this.#ports
    const { inHotStandby, readOnlyByDefault } = connection.wire
    // a transaction that asked to be read-only gets the same error from a primary
    if (fault.scope === 'role' && inHotStandby === false && readOnlyByDefault === false) return
    connection.metrics.recordFault(fault, time.now())
    if (connection.state === 'opening' || connection.state === 'closing') return
    if (fault.scope === 'connection') this.condemn(connection, 'lost')
    if (fault.scope !== 'role' && fault.scope !== 'plan') return
    if (fault.scope === 'role') {
      monitor.sight(wrongRole(fault.sqlState ?? '25006', inHotStandby), connection.id)
    }
    if (health.mode === 'enforce') this.condemn(connection, fault.scope)
  }

  /** The socket is gone, or pg says that it is of no more use. `error` is undefined for a plain end. */
  #lost(connection: Connection, error: Error | undefined): void {
    const { state, client, onLost } = connection
    if (state === 'closing' || state === 'closed') return
    const { events, time } = this.#ports
    this.#incidentAt = time.now()
    this.condemn(connection, 'lost')
    if (state === 'idle' && error !== undefined) events.error(error, client)
    if (state === 'leased' && error !== undefined) onLost?.(error)
    if (connection.state === 'leased') this.#reclaimLater(connection)
  }

  #reclaimLater(connection: Connection): void {
    const { time } = this.#ports
    connection.reclaim ??= time.setTimeout(() => this.#close(connection, 'lost', true), RECLAIM_MS)
  }

  // leaving

  /** Marks `connection` to be closed: now when nobody holds it, else when its holder releases it. */
  condemn(connection: Connection, cause: RecycleCause): void {
    const { state } = connection
    if (state === 'closing' || state === 'closed') return
    const isFirst = this.#mark(connection, cause)
    // what is being verified, cleaned or admitted is closed when that ends, unless its socket is gone;
    // a client that is connecting tells its own end
    const isGone = cause === 'lost' || cause === 'unresponsive'
    const isHeld = state === 'leased' || this.#opening.has(connection)
    if (state === 'idle' || (isGone && !isHeld)) {
      this.#close(connection, cause, isGone)
    } else if (isFirst) {
      publishCondemned(this.#ports.monitor, connection, cause, this.#ports.time.now())
    }
  }

  /** Settles why `connection` goes, which counts at once: a leased one spends its budget before it is gone. */
  #mark(connection: Connection, cause: RecycleCause): boolean {
    const isFirst = connection.condemn(cause)
    if (isFirst) this.#ports.recycler.recordRecycle(cause, this.#ports.time.now())
    return isFirst
  }

  /**
   * Ends a sound or doubtful connection at no cost to callers: its replacement is open before it leaves.
   * Does nothing when another replacement is under way or the server takes no connections; the old one
   * stays then, and the next sweep asks again. Returns whether the replacement has begun to open.
   */
  replace(connection: Connection, cause: RecycleCause): boolean {
    const { time, options } = this.#ports
    const now = time.now()
    const room = this.#slots.size < options.max + OVERLAP
    const permitted = this.#backoff.permits(now, this.#opening.size, false)
    if (this.#replacement !== undefined || !room || !permitted || this.#ending) return false
    connection.replacementCause = cause
    this.#open(now, connection)
    return true
  }

  #handOver(old: Connection): void {
    this.#replacement = undefined
    const cause = old.replacementCause
    if (cause === undefined) throw new BugError('a replacement without a cause')
    this.condemn(old, cause)
  }

  /** Opens connections until `min` are there. */
  fillToMinimum(): void {
    const now = this.#ports.time.now()
    while (
      !this.#ending &&
      this.#slots.size < Math.min(this.#ports.options.min, this.#ports.options.max) &&
      this.#backoff.permits(now, this.#opening.size, false)
    ) {
      this.#open(now)
    }
  }

  #leaveSlot(connection: Connection): void {
    if (connection.state === 'idle') this.#idle.remove(connection)
    if (connection.reclaim !== undefined) this.#ports.time.clearTimeout(connection.reclaim)
    connection.moveTo('closing')
    this.#slots.delete(connection)
    this.#opening.delete(connection)
    this.#verifying.delete(connection)
    this.#closing.add(connection)
    if (this.#replacement === connection) this.#replacement = undefined
  }

  /**
   * Gives the slot back at once and closes the socket behind the scenes. What condemned the connection
   * first stays its one cause; `latest` is it where nothing had.
   */
  #close(connection: Connection, latest: RecycleCause, hard: boolean): void {
    this.#mark(connection, latest)
    const cause = connection.condemnedFor ?? latest
    this.#leaveSlot(connection)
    const { monitor, time, events } = this.#ports
    const now = time.now()
    this.totals.closed += 1
    publishRecycled(monitor, connection, cause, now)
    closeClient(connection.client, hard, time, (wasHard) => {
      publishClosed(monitor, connection, { cause, hard: wasHard }, time.now())
      events.remove(connection.client)
      this.#closed(connection)
    })
    if (!this.#ending) this.#pump(now)
  }

  #closed(connection: Connection): void {
    connection.moveTo('closed')
    this.#closing.delete(connection)
    this.#ports.monitor.forget(connection.id)
    this.#settleEnd()
  }

  // end

  /** Lends nothing more, tells every waiter, closes what is idle, and the rest as it is released. */
  end(onEnded: () => void): void {
    this.#ending = true
    this.#onEnded = onEnded
    const { time } = this.#ports
    if (this.#backoffTimer !== undefined) time.clearTimeout(this.#backoffTimer)
    for (const waiter of this.#waiters.takeAll()) {
      waiter.callback(
        new PoolClosedError('the pool was closed while this caller waited'),
        undefined,
      )
    }
    for (const connection of [...this.#slots]) {
      if (connection.state === 'idle') this.#close(connection, 'pool-closed', false)
      else if (connection.state === 'opening') this.#close(connection, 'pool-closed', true)
    }
    this.#settleEnd()
  }

  #settleEnd(): void {
    if (!this.ended || this.#onEnded === undefined) return
    const onEnded = this.#onEnded
    this.#onEnded = undefined
    this.#ports.monitor.publish({ type: 'pool:closed', at: this.#ports.time.now() })
    onEnded()
  }
}
