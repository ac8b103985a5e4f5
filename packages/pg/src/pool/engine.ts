import {
  classifyFault,
  type Fault,
  isServerSilent,
  type RecycleCause,
  serverUnreachable,
  transactionLeak,
  unresponsive,
} from '@hale/core'
import { PoolClosedError, type PoolCounts } from '../errors.ts'
import { type Patience, type ProbeOutcome, probe } from '../probe/probe.ts'
import { attachWireTap } from '../tap/wire-tap.ts'
import { acquireTimedOut } from './acquire-timeout.ts'
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
import { countConnections } from './count-connections.ts'
import { HEDGE_RATIO, OVERLAP, RECLAIM_MS } from './engine-bounds.ts'
import type { EnginePorts, EngineTotals } from './engine-ports.ts'
import { IdleConnections } from './idle-connections.ts'
import { judgeFault } from './judge-fault.ts'
import type { OpeningResult } from './opening.ts'
import { Openings } from './openings.ts'
import type { PoolableClient } from './poolable-client.ts'
import { type CandidateCallback, Replacements } from './replacements.ts'
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
  readonly replacements: Replacements
  readonly patience: Patience
  readonly #ports: EnginePorts
  readonly #slots = new Set<Connection>()
  readonly #closing = new Set<Connection>()
  readonly #idle = new IdleConnections()
  /** Connections being verified for a waiter, while it still counts on them. */
  readonly #verifying = new Set<Connection>()
  readonly #waiters: WaitingRoom
  readonly #openings: Openings
  #nextId = 1
  /** The latest instant at which a connection died: what was not heard of since is suspect. */
  #incidentAt = Number.NEGATIVE_INFINITY
  /** Told once of a connection that is held for it. */
  #onAnyIdle: ((connection: Connection) => void) | undefined
  #ending = false
  #onEnded: (() => void) | undefined

  constructor(ports: EnginePorts) {
    this.#ports = ports
    this.#openings = new Openings(ports.time, ports.hooks, ports.random)
    this.#waiters = new WaitingRoom(ports.time, (waiter, now) => this.#timeOut(waiter, now))
    this.patience = {
      time: ports.time,
      timeoutMs: ports.health.probeTimeoutMs,
      isServerSilent: ({ id }, since) => isServerSilent(this.#slots, id, since),
    }
    this.replacements = new Replacements({
      canOpen: () => this.#canOpenBeside(),
      open: (replaces, onCandidate) => this.#open(ports.time.now(), replaces, onCandidate),
      hasRoom: () => this.#slots.size <= ports.options.max,
      admit: (candidate) => this.#admit(candidate, false),
      close: (connection, cause) => this.#close(connection, cause, false),
      condemn: (connection, cause) => this.condemn(connection, cause),
      onReplaced: ports.onReplaced,
    })
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
  /** `undefined` for an id that takes no slot any more. */
  find(connectionId: number): Connection | undefined {
    for (const connection of this.#slots) if (connection.id === connectionId) return connection
    return undefined
  }
  /** Failed opening attempts since the last that succeeded. */
  get openingFailures(): number {
    return this.#openings.failures
  }
  counts(): PoolCounts {
    const waiting = this.#waiters.size
    return countConnections(this.#slots, this.#ports.options.max, this.#closing.size, waiting)
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
    while (this.#onTheirWay < this.#waiters.size) {
      const silent = this.#idle.takeLast(this.#isWithinLifetime, now)
      if (silent !== undefined) this.#verify(silent)
      else if (this.#slots.size >= max) {
        const overdue = this.#idle.last
        if (overdue === undefined) break
        this.condemn(overdue, 'lifetime') // nobody may have it, and it holds the slot that is needed
      } else if (this.#openings.permits(now, true)) this.#open(now)
      else {
        this.#openings.retryLater(now, () => this.#pump(this.#ports.time.now()))
        break
      }
    }
  }

  /** Connections that whoever waits may count on; a candidate is not among them. */
  get #onTheirWay(): number {
    return this.#openings.size - this.replacements.candidatesOpening + this.#verifying.size
  }

  #lendToFirst(connection: Connection, now: number): void {
    const { callback, since } = this.#waiters.shift() as Waiter
    this.#lease(connection, since, now)
    callback(undefined, connection)
  }

  #timeOut({ since, callback }: Waiter, now: number): void {
    this.totals.acquireTimeouts += 1
    const error = acquireTimedOut(now - since, this.counts(), this.#openings, this.#ports.monitor)
    callback(error, undefined)
  }

  // opening

  /** Opens one connection; `replaces` names the one that leaves, or may leave, once this one is ready. */
  #open(
    now: number,
    replaces?: Connection,
    onCandidate?: CandidateCallback,
  ): Connection | undefined {
    const { monitor, time, options } = this.#ports
    const client = this.#createClient(now, replaces === undefined)
    if (client === undefined) return undefined
    const id = this.#nextId
    this.#nextId += 1
    const connection = new Connection(id, client, monitor.track(id), now)
    connection.replaces = replaces
    connection.onCandidate = onCandidate
    this.#slots.add(connection)
    // for the client's whole life: an 'error' without a listener would end the process
    client.on('error', (error: Error) => this.#lost(connection, error))
    client.on('end', () => this.#lost(connection, undefined))
    attachWireTap(connection, {
      time,
      monitor,
      onFault: (subject, fault) => this.#faulted(subject, fault),
      onEnded: (subject) => this.condemn(subject, 'lost'),
    })
    this.#openings.begin(connection, options.connectionTimeoutMillis, (result) => {
      this.#openingEnded(connection, result)
    })
    return connection
  }

  /** A client that cannot even be made (options that pg refuses) is a permanent failure of its opening. */
  #createClient(now: number, demanded: boolean): PoolableClient | undefined {
    try {
      return this.#ports.createClient()
    } catch (error) {
      this.#openings.failed(now, error as Error, true)
      this.totals.openFailures += 1
      if (demanded) this.#waiters.shift()?.callback(error as Error, undefined)
      return undefined
    }
  }

  #openingEnded(connection: Connection, result: OpeningResult): void {
    if (connection.state !== 'opening') return // the pool ended meanwhile
    const { monitor, events, time } = this.#ports
    const now = time.now()
    if (result.kind !== 'opened') {
      this.#openingFailed(connection, result.error, result.kind === 'hook-failed', now)
      return
    }
    this.#openings.succeeded()
    monitor.clear('server_unreachable')
    this.totals.opened += 1
    connection.openedAt = now
    connection.metrics.opened(now)
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
    this.#openings.failed(now, error, !transient)
    this.totals.openFailures += 1
    publishOpenFailed(monitor, connection, fault, now)
    if (transient) monitor.sight(serverUnreachable(this.#openings.failures, fault.kind))
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
      else this.#admit(connection, true)
    })
  }

  #admit(connection: Connection, verified: boolean): void {
    const now = this.#ports.time.now()
    if (!this.replacements.hold(connection)) {
      this.#becomeIdle(connection, verified, now)
      this.replacements.takeOver(connection)
    }
    // openings that a back-off held up may begin now
    if (this.#waiters.size > 0 && !this.#ending) this.#pump(now)
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
    monitor.endLease(connection.metrics, now - connection.leasedAt)
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
    const { probeWanted, onIdle } = connection
    const onAnyIdle = this.#onAnyIdle
    const isWanted = probeWanted || onIdle !== undefined || onAnyIdle !== undefined
    if (this.#waiters.size > 0 && lendable && !isWanted) {
      this.#lendToFirst(connection, now)
      return
    }
    this.#idle.add(connection)
    if (options.allowExitOnIdle) connection.client.unref?.()
    if (!isWanted && this.#waiters.size === 0) return
    connection.onIdle = undefined
    onIdle?.()
    if (onAnyIdle !== undefined && connection.state === 'idle') {
      this.#onAnyIdle = undefined
      if (this.hold(connection)) onAnyIdle(connection)
    }
    if (connection.probeWanted) this.probe(connection)
    if (this.#waiters.size > 0) this.#pump(now)
  }

  // probing

  #verify(connection: Connection): void {
    this.#verifying.add(connection)
    const { time, health } = this.#ports
    const hedge = time.setTimeout(() => {
      if (this.#verifying.delete(connection)) this.#pump(time.now())
    }, health.probeTimeoutMs * HEDGE_RATIO)
    this.probe(connection, 'verify', () => {
      time.clearTimeout(hedge)
      this.#verifying.delete(connection)
    })
  }

  /** Asks an idle connection for a sign of life; it is out of reach for one round trip at most. */
  probe(connection: Connection, during: 'verify' | 'probe' = 'probe', settled?: () => void): void {
    connection.probeWanted = false
    if (!this.hold(connection)) return
    const askedAt = this.#ports.time.now()
    probe(connection, 'network', this.patience, (outcome) => {
      settled?.()
      this.letGo(connection, outcome, during, askedAt)
    })
  }

  /** Takes an idle connection out of reach, so that the watcher can ask it something. */
  hold(connection: Connection): boolean {
    if (connection.state !== 'idle') return false
    this.#idle.remove(connection)
    connection.moveTo('probing')
    return true
  }

  /** Holds an idle connection that needs no check; where there is none, the next one that comes back. */
  holdAny(onHeld: (connection: Connection) => void): void {
    const connection = this.#idle.takeLast(this.#isTrusted, this.#ports.time.now())
    if (connection === undefined) this.#onAnyIdle = onHeld
    else if (this.hold(connection)) onHeld(connection)
  }

  /** Ends a hold: back to the others, or closed when it gave no answer. */
  letGo(
    connection: Connection,
    outcome: ProbeOutcome,
    during: 'verify' | 'probe',
    askedAt: number,
  ): void {
    const { time, monitor } = this.#ports
    const now = time.now()
    const ok = outcome === 'answered'
    publishProbed(monitor, connection, ok ? now - askedAt : undefined, now)
    if (connection.state !== 'probing') return // it died meanwhile
    if (!ok) {
      monitor.sight(unresponsive(now - askedAt, during), connection.id)
      this.#incidentAt = now
      this.#close(connection, outcome === 'failed' ? 'lost' : 'unresponsive', true)
    } else if (!this.replacements.keepsHeld(connection)) this.#becomeIdle(connection, true, now)
  }

  // faults

  #faulted(connection: Connection, fault: Fault): void {
    const cause = judgeFault(connection, fault, this.#ports, this.#ports.time.now())
    if (cause !== undefined) this.condemn(connection, cause)
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
    const isHeld = state === 'leased' || this.#openings.has(connection)
    if (state === 'idle' || (isGone && !isHeld)) {
      this.#close(connection, cause, isGone)
    } else if (isFirst) {
      publishCondemned(this.#ports.monitor, connection, cause, this.#ports.time.now())
    }
  }

  /** Settles why `connection` goes, which counts at once: a leased one spends its budget before it is gone. */
  #mark(connection: Connection, cause: RecycleCause): boolean {
    const isFirst = connection.condemn(cause)
    const { recycler, monitor, time } = this.#ports
    if (isFirst) recycler.recordRecycle(cause, time.now(), connection.id)
    if (isFirst && cause === 'lost') monitor.recordLoss(time.now())
    return isFirst
  }

  #canOpenBeside(): boolean {
    const hasRoom = this.#slots.size < this.#ports.options.max + OVERLAP
    return hasRoom && !this.#ending && this.#openings.permits(this.#ports.time.now(), false)
  }

  /** Opens connections until `min` are there. */
  fillToMinimum(): void {
    const now = this.#ports.time.now()
    while (
      !this.#ending &&
      this.#slots.size < Math.min(this.#ports.options.min, this.#ports.options.max) &&
      this.#openings.permits(now, false)
    ) {
      this.#open(now)
    }
  }

  #leaveSlot(connection: Connection): void {
    if (connection.state === 'idle') this.#idle.remove(connection)
    if (connection.reclaim !== undefined) this.#ports.time.clearTimeout(connection.reclaim)
    connection.moveTo('closing')
    this.#slots.delete(connection)
    this.#openings.abandon(connection)
    this.#verifying.delete(connection)
    this.#closing.add(connection)
    this.replacements.gone(connection)
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
    this.#ports.recycler.forget(connection.id)
    this.#settleEnd()
  }

  // end

  /** Lends nothing more, tells every waiter, closes what is idle, and the rest as it is released. */
  end(onEnded: () => void): void {
    this.#ending = true
    this.#onEnded = onEnded
    this.#openings.stop()
    for (const waiter of this.#waiters.takeAll()) {
      waiter.callback(
        new PoolClosedError('the pool was closed while this caller waited'),
        undefined,
      )
    }
    for (const connection of [...this.#slots]) {
      if (connection.state === 'idle') this.#close(connection, 'pool-closed', false)
      else if (connection.state === 'opening') this.#close(connection, 'pool-closed', true)
      else if (connection === this.replacements.candidate)
        this.#close(connection, 'pool-closed', false)
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
