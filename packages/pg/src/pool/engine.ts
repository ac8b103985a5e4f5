import { type Fault, type RecycleCause, transactionLeak } from '@hale/core'
import { PoolClosedError, type PoolCounts, ServerUnavailableError } from '../errors.ts'
import { attachWireTap } from '../tap/wire-tap.ts'
import { acquireTimedOut, explainWaiting, publishQueued } from './acquire-timeout.ts'
import { CallSiteSampling } from './call-site-sampling.ts'
import { clean } from './cleaning.ts'
import type { Connection } from './connection.ts'
import { publishCondemned, publishLeased, publishReleased } from './connection-events.ts'
import { countConnections } from './count-connections.ts'
import { Departures } from './departures.ts'
import { Ending, isFree } from './ending.ts'
import { RECLAIM_MS } from './engine-bounds.ts'
import { createTotals, type EnginePorts, type EngineTotals } from './engine-ports.ts'
import type { Holder } from './holder.ts'
import { Holds } from './holds.ts'
import { hygieneText } from './hygiene.ts'
import { IdleConnections, isWithinLifetime } from './idle-connections.ts'
import { Incident } from './incident.ts'
import { judgeFault } from './judge-fault.ts'
import { type OpeningFailure, Openings } from './openings.ts'
import { OverdueStatements } from './overdue-statements.ts'
import { Replacements } from './replacements.ts'
import { RoleWatch } from './role-watch.ts'
import { Slots } from './slots.ts'
import { type AcquireCallback, Waiter } from './waiter-queue.ts'
import { WaitingRoom } from './waiting-room.ts'

/**
 * The pool itself: a state machine over connections.
 *
 * - `#slots` holds every connection that takes a slot (`opening` to `cleaning`), `#departures` the rest; a
 *   count is the size of one of these or is read off the connections' states.
 * - `#idle` holds exactly the connections in state `idle`, the latest used last.
 * - Whatever frees or makes a connection ends in `#pump`, which serves the waiters in order: a waiter is
 *   never tied to one opening or one verification.
 * - `size <= max + overlap`, the overlap for one replacement at a time; more only while `max` was lowered
 *   under connections that are lent.
 */
export class PoolEngine {
  readonly totals: EngineTotals = createTotals()
  readonly replacements: Replacements
  readonly callSites: CallSiteSampling
  readonly holds: Holds
  readonly roles: RoleWatch
  readonly overdue: OverdueStatements
  readonly #ports: EnginePorts
  readonly #slots = new Slots()
  readonly #idle = new IdleConnections()
  readonly #waiters: WaitingRoom
  readonly #openings: Openings
  readonly #departures: Departures
  readonly #incident = new Incident()
  readonly #hygiene: string | undefined
  readonly #ending: Ending

  constructor(ports: EnginePorts) {
    const { time, health, policy, options, monitor } = ports
    this.#ports = ports
    this.#hygiene = hygieneText(policy.hygiene)
    this.callSites = new CallSiteSampling(policy.leakDetection.callSites, time)
    this.roles = new RoleWatch({
      ...ports,
      incident: this.#incident,
      condemn: (connection, cause) => this.condemn(connection, cause),
    })
    this.#openings = new Openings(ports, this.totals, this.#incident, this.roles, {
      onBegun: (connection) => this.#begun(connection),
      onReady: (connection) => this.#admit(connection, true),
      onFailed: (failure, connection) => this.#openingFailed(failure, connection),
      onProgress: () => this.#pump(time.now()),
      onUnfit: (connection, cause) => this.#close(connection, cause, true),
      heardAt: () => this.#slots.heardAt,
    })
    this.#ending = new Ending({
      time,
      monitor,
      timeoutMs: policy.endTimeoutMs,
      isOver: () => this.ended,
      held: () => this.counts().leased,
      closeHard: () => this.#closeHard(),
    })
    this.#departures = new Departures(ports, this.totals, () => this.#ending.settle())
    this.#waiters = new WaitingRoom(time, (waiters, now) => this.#timeOut(waiters, now))
    this.holds = new Holds({
      time,
      health,
      monitor,
      slots: this.#slots,
      idle: this.#idle,
      isTrusted: this.#isTrusted,
      onHedged: () => this.#pump(time.now()),
      onAnswered: (connection, now) => {
        if (!this.replacements.keepsHeld(connection)) this.#becomeIdle(connection, true, now)
      },
      onUnanswered: (connection, cause) => this.#close(connection, cause, true),
    })
    this.overdue = new OverdueStatements({
      time,
      health,
      slots: this.#slots,
      onUncertain: (connection) => this.condemn(connection, 'busy'),
    })
    this.replacements = new Replacements({
      canOpen: () => this.#slots.size < options.max + ports.overlap && this.#mayOpen,
      mustLeaveFirst: () => ports.overlap === 0 && this.#slots.size >= options.max && this.#mayOpen,
      open: (replaces, onCandidate) => this.#openings.begin(replaces, onCandidate),
      hasRoom: () => this.#slots.size <= options.max,
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
    return this.#ending.hasBegun
  }
  get ended(): boolean {
    return this.#isDrained && this.#slots.size + this.#departures.size === 0
  }
  /** The pool ends, and whoever was still to be served has been. */
  get #isDrained(): boolean {
    return this.ending && this.#waiters.size === 0
  }
  /** Every connection that takes a slot, in the order of their opening. */
  connections(): IterableIterator<Connection> {
    return this.#slots.values()
  }
  /** `undefined` for an id that takes no slot any more. */
  find(connectionId: number): Connection | undefined {
    return this.#slots.find(connectionId)
  }
  /** Failed opening attempts since the last that succeeded. */
  get openingFailures(): number {
    return this.#openings.failures
  }
  get isBreakerOpen(): boolean {
    return this.#openings.breaker.isOpen
  }
  counts(): PoolCounts {
    const { max } = this.#ports.options
    return countConnections(this.#slots, max, this.#departures.size, this.#waiters.size)
  }
  /** Whether a quarter of the pool will be in use with the next lease: from there on it could run dry. */
  get isFilling(): boolean {
    return (this.#slots.size - this.#idle.size + 1) * 4 > this.#ports.options.max
  }

  // acquire

  /** Leases a trusted idle connection, where there is one and nobody waits; the way that costs least. */
  acquireNow(holder?: Holder): Connection | undefined {
    if (this.#waiters.size > 0 || this.ending) return undefined
    const now = this.#ports.time.now()
    const connection = this.#idle.takeLast(this.#isTrusted, now)
    if (connection !== undefined) this.#lease(connection, now, holder)
    return connection
  }

  /**
   * Calls back when a connection comes free, or with an error at the deadline. Returns the waiter for
   * `giveUp`, or `undefined` when it was told at once.
   */
  acquire(callback: AcquireCallback, holder?: Holder): Waiter | undefined {
    const { time, options, monitor } = this.#ports
    const since = time.now()
    const refusal = this.#refusal(since)
    if (refusal !== undefined) {
      callback(refusal, undefined)
      return undefined
    }
    const timeoutMs = options.connectionTimeoutMillis
    const deadlineAt = timeoutMs > 0 ? time.runningNow(since) + timeoutMs : Number.POSITIVE_INFINITY
    const waiter = new Waiter(callback, since, deadlineAt, holder)
    this.#waiters.add(waiter)
    publishQueued(monitor, waiter, this.#waiters.size)
    this.#pump(since)
    return waiter
  }

  /** The caller does not want it any more: it is told `reason`, unless it was told something already. */
  giveUp(waiter: Waiter, reason: Error): void {
    if (this.#waiters.remove(waiter)) this.#refuse(waiter, reason)
  }

  #refusal(now: number): Error | undefined {
    if (this.ending) return new PoolClosedError('Cannot use a pool after calling end on the pool')
    const { breaker, failures, latestError } = this.#openings
    // whatever is idle has to be asked first
    if (!breaker.isOpen || this.#idle.size > 0 || !breaker.refuses(now, this.#slots.heardAt)) {
      return undefined
    }
    return new ServerUnavailableError(failures, { cause: latestError })
  }

  #refuse({ holder, callback }: Waiter, reason: Error): void {
    if (holder !== undefined) holder.isRefused = true
    callback(reason, undefined)
    if (this.#isDrained) this.#closeWhatIsFree()
  }

  /** Whether an idle connection needs no check before it is lent. */
  readonly #isTrusted = ({ wire, deadlineAt }: Connection, now: number): boolean =>
    now - wire.heardAt <= this.#ports.health.bypassWindowMs &&
    wire.heardAt >= this.#incident.at &&
    now < deadlineAt

  /** `waiter` is undefined for a caller who did not have to wait. */
  #lease(connection: Connection, now: number, holder?: Holder, waiter?: Waiter): void {
    const { client } = connection
    const { monitor, events, options } = this.#ports
    connection.moveTo('leased')
    connection.leasedAt = now
    connection.lease += 1
    connection.submittedBefore = connection.wire.submitted
    connection.leaseSite = holder?.site
    connection.isAborted = false
    this.totals.leases += 1
    if (options.allowExitOnIdle) client.ref?.()
    const { lease } = connection
    if (holder !== undefined) {
      holder.connection = connection
      holder.lease = lease
    }
    client.release = (error) => this.#release(connection, lease, error)
    const waitedMs = waiter === undefined ? 0 : now - waiter.since
    monitor.durations.waits.record(waitedMs)
    publishLeased(monitor, connection, waitedMs, waiter?.id, now)
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
      const silent = this.#idle.takeLast(isWithinLifetime, now)
      if (silent !== undefined) this.holds.verify(silent)
      else if (this.#slots.size >= max) {
        const overdue = this.#idle.last
        if (overdue === undefined) break
        this.condemn(overdue, 'lifetime') // nobody may have it, and it holds the slot that is needed
      } else if (this.#openings.permits(now, true)) this.#openings.begin()
      else {
        this.#openings.retryLater(now, () => this.#pump(this.#ports.time.now()))
        break
      }
    }
  }

  /** Connections that whoever waits may count on; a candidate is not among them. */
  get #onTheirWay(): number {
    return this.#openings.promising + this.holds.verifying
  }

  #lendToFirst(connection: Connection, now: number): void {
    const waiter = this.#waiters.shift() as Waiter
    this.#lease(connection, now, waiter.holder, waiter)
    waiter.callback(undefined, connection)
    if (this.#isDrained) this.#closeWhatIsFree()
  }

  /** All whose deadlines passed at one instant waited in vain for the same reason. */
  #timeOut(waiters: readonly Waiter[], now: number): void {
    const { monitor, policy } = this.#ports
    const why = explainWaiting({
      counts: this.counts(),
      connections: this.#slots,
      waiters: [...waiters, ...this.#waiters],
      leakedAfterMs: policy.leakDetection.afterMs,
      openingError: this.#openings.latestError,
      now,
    })
    if (why.reason === 'leaked') this.callSites.escalate()
    for (const waiter of waiters) {
      this.totals.acquireTimeouts += 1
      this.#refuse(waiter, acquireTimedOut(waiter, why, monitor, now))
    }
  }

  // opening

  #begun(connection: Connection): void {
    const { client } = connection
    const { time, monitor } = this.#ports
    this.#slots.add(connection)
    if (connection.replaces !== undefined) this.replacements.begun(connection)
    // for the client's whole life: an 'error' without a listener would end the process
    client.on('error', (error: Error) => this.#lost(connection, error))
    client.on('end', () => this.#lost(connection, undefined))
    attachWireTap(connection, {
      time,
      monitor,
      onFault: (subject, fault) => this.#faulted(subject, fault),
      onRoleTold: (subject) => this.roles.told(subject),
      onQueuedBehind: (subject, queuedAt) => this.overdue.queuedBehind(subject, queuedAt),
      onEnded: (subject) => this.condemn(subject, 'lost'),
    })
  }

  /** There is no `connection` when not even its client could be made. */
  #openingFailed(
    { error, isPermanent, isDemanded, isOpen, hasNextHost }: OpeningFailure,
    connection: Connection | undefined,
  ): void {
    const leave = (failed: Connection): void => {
      this.#leaveSlot(failed)
      this.#departures.discard(failed, !isOpen)
    }
    if (connection !== undefined && hasNextHost) {
      this.replacements.tryNextHost(connection, () => leave(connection))
      this.tend() // whatever it was for
      return
    }
    if (connection !== undefined) leave(connection)
    if (isPermanent && isDemanded) this.#refuseForGood(error)
    if (this.ending) this.#turnAway(this.#onTheirWay)
    else if (connection !== undefined) this.#pump(this.#ports.time.now())
  }

  /** Tells whoever waits for an opening; while other connections work, only the first waits for this one. */
  #refuseForGood(error: Error): void {
    const isAlone = this.#slots.size === this.#openings.size
    const waiters = isAlone ? this.#waiters.takeAll() : [this.#waiters.shift()]
    for (const waiter of waiters) if (waiter !== undefined) this.#refuse(waiter, error)
  }

  #admit(connection: Connection, verified: boolean): void {
    const now = this.#ports.time.now()
    if (!this.replacements.hold(connection)) {
      this.#becomeIdle(connection, verified, now)
      this.replacements.takeOver(connection)
    }
    // openings that a back-off held up may begin now
    if (this.#waiters.size > 0) this.#pump(now)
  }

  // release

  #release(connection: Connection, lease: number, error: unknown): void {
    const isHeld = connection.lease === lease
    if (isHeld && (connection.state === 'closing' || connection.state === 'closed')) {
      connection.lease += 1
      return // taken from its holder, who is late, and not at fault
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
    const { wire } = connection
    if (error) this.#mark(connection, 'released-with-error')
    if (connection.uses >= options.maxUses) this.#mark(connection, 'uses')
    if (now >= connection.deadlineAt) this.#mark(connection, 'lifetime')
    if (this.ending) this.#mark(connection, 'pool-closed')
    if (this.#isOverfull) this.#mark(connection, 'surplus')
    const cause = connection.condemnedFor
    if (cause !== undefined) {
      this.overdue.abandon(connection, now)
      this.#close(connection, cause, wire.outstanding > 0)
    } else if (wire.outstanding > 0 || wire.transactionStatus !== 'I') this.#clean(connection, now)
    else if (connection.cancel !== 'none') this.#clean(connection, now)
    else if (this.#hygiene !== undefined && connection.wasUsed) {
      this.#clean(connection, now)
    } else this.#becomeIdle(connection, false, now)
  }

  #clean(connection: Connection, now: number): void {
    const { monitor, time, health } = this.#ports
    const { wire, id, leasedAt } = connection
    connection.moveTo('cleaning')
    if (wire.outstanding === 0 && wire.transactionStatus !== 'I') {
      this.callSites.escalate()
      const { transactionStatus } = wire
      monitor.sight(transactionLeak(transactionStatus, now - leasedAt, connection.leasedBy), id)
    }
    const options = { timeoutMs: health.cleanupTimeoutMs, hygiene: this.#hygiene }
    clean(connection, options, time, (result) => {
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
    if (this.#isDrained) this.#mark(connection, 'pool-closed')
    if (this.roles.isMisplaced(connection)) this.#mark(connection, 'role')
    const cause = connection.condemnedFor
    if (cause !== undefined) {
      this.#close(connection, cause, false)
      return
    }
    const { options } = this.#ports
    connection.forgetHolder()
    if (connection.state !== 'probing') connection.idleSince = now
    if (verified) connection.wire.heardAt = now
    connection.moveTo('idle')
    const lendable = verified ? now < connection.deadlineAt : this.#isTrusted(connection, now)
    const isWanted = this.holds.wants(connection)
    if (this.#waiters.size > 0 && lendable && !isWanted) {
      this.#lendToFirst(connection, now)
      return
    }
    this.#idle.add(connection)
    if (options.allowExitOnIdle) connection.client.unref?.()
    if (!isWanted && this.#waiters.size === 0) return
    this.holds.offer(connection)
    if (this.#waiters.size > 0) this.#pump(now)
  }

  // faults

  #faulted(connection: Connection, fault: Fault): void {
    const { monitor, health, time } = this.#ports
    const cause = judgeFault(connection, fault, { monitor, health, roles: this.roles }, time.now())
    // while it is connecting its client tells its own end
    if (cause !== undefined && !this.#openings.isConnecting(connection)) {
      this.condemn(connection, cause)
    }
  }

  /** The socket is gone, or pg says that it is of no more use. `error` is undefined for a plain end. */
  #lost(connection: Connection, error: Error | undefined): void {
    const { state, client, onLost } = connection
    if (state === 'closing' || state === 'closed') return
    this.condemn(connection, 'lost')
    if (state === 'idle' && error !== undefined) this.#ports.events.error(error, client)
    if (state === 'leased' && error !== undefined) onLost?.(error)
    if (connection.state === 'leased') this.#reclaimLater(connection)
  }

  #reclaimLater(connection: Connection): void {
    const { time } = this.#ports
    connection.reclaim ??= time.setTimeout(() => this.#close(connection, 'lost', true), RECLAIM_MS)
  }

  /** This process did not run for `stalledMs` (0: the clock jumped): nobody is to blame for that time. */
  thaw(stalledMs: number): void {
    const now = this.#ports.time.now()
    this.#incident.at = now
    for (const connection of this.#slots) connection.excuse(stalledMs, now)
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
    const isHeld = state === 'leased' || this.#openings.isConnecting(connection)
    if (state === 'idle' || (isGone && !isHeld)) {
      this.#close(connection, cause, cause === 'unresponsive') // whoever still listens is told goodbye
    } else if (isFirst) {
      publishCondemned(this.#ports.monitor, connection, cause, this.#ports.time.now())
    }
  }

  /** Takes a connection from a holder who forgot it. */
  reclaim(connection: Connection): void {
    if (connection.state !== 'leased') return
    this.totals.reclaimed += 1
    this.#close(connection, 'leaked', true)
  }

  /** Settles why `connection` goes, which counts at once: a leased one spends its budget before it is gone. */
  #mark(connection: Connection, cause: RecycleCause): boolean {
    if (!connection.condemn(cause)) return false
    const { recycler, monitor, time } = this.#ports
    const now = time.now()
    recycler.recordRecycle(cause, now, connection.id)
    if (cause === 'lost') monitor.recordLoss(now)
    if (cause === 'lost' || cause === 'unresponsive') this.roles.doubt()
    return true
  }

  get #mayOpen(): boolean {
    return !this.ending && this.#openings.permits(this.#ports.time.now(), false)
  }

  /** Whether `max` was lowered to below what there is. */
  get #isOverfull(): boolean {
    return this.#slots.size - this.replacements.surplus > this.#ports.options.max
  }

  /** What is to be done now and then: surplus closed, `min` filled, requests and a trial begun. */
  tend(): void {
    for (let spare = this.#idle.first; spare !== undefined && this.#isOverfull; ) {
      this.condemn(spare, 'surplus')
      spare = this.#idle.first
    }
    this.#pump(this.#ports.time.now()) // there may be room now
    this.fillToMinimum()
    this.replacements.continue()
    const hasRoom = this.#slots.size < this.#ports.options.max
    const isTrialDue = this.#openings.breaker.isOpen && this.#openings.size === 0
    if (isTrialDue && hasRoom && this.#mayOpen) this.#openings.begin()
  }

  /** Opens connections until `min` are there. */
  fillToMinimum(): void {
    const { min, max } = this.#ports.options
    while (this.#slots.size < Math.min(min, max) && this.#mayOpen) {
      if (this.#openings.begin() === undefined) return
    }
  }

  #leaveSlot(connection: Connection): void {
    if (connection.state === 'idle') this.#idle.remove(connection)
    if (connection.reclaim !== undefined) this.#ports.time.clearTimeout(connection.reclaim)
    connection.moveTo('closing')
    this.#slots.delete(connection)
    this.#openings.abandon(connection)
    this.holds.forget(connection)
    this.replacements.gone(connection)
  }

  /**
   * Gives the slot back at once and closes the socket behind the scenes. What condemned the connection
   * first stays its one cause; `latest` is it where nothing had.
   */
  #close(connection: Connection, latest: RecycleCause, hard: boolean): void {
    const cause = connection.condemnedFor ?? latest
    this.#mark(connection, cause)
    this.#leaveSlot(connection)
    this.#departures.close(connection, cause, hard)
    this.#pump(this.#ports.time.now())
  }

  // end

  /**
   * Accepts no more callers, serves those for whom there is a slot, and tells the others; closes what is idle,
   * and the rest as it is released. What is not released in time is closed under its holder.
   */
  end(onEnded: () => void): void {
    this.#ending.begin(() => {
      const free = Math.max(0, this.#ports.options.max - this.#slots.size)
      this.#turnAway(this.openingFailures > 0 ? 0 : this.#onTheirWay + free)
      this.#closeWhatIsFree()
    }, onEnded)
  }

  /** Tells all but the first `served` waiters that the pool is closed. */
  #turnAway(served: number): void {
    for (const waiter of [...this.#waiters].slice(served)) {
      this.giveUp(waiter, new PoolClosedError('the pool was closed while this caller waited'))
    }
  }

  /** Closes, once the pool ends, all that nobody holds and no waiter counts on. */
  #closeWhatIsFree(): void {
    if (this.#isDrained) {
      this.#openings.stop()
      this.#waiters.stop()
    }
    for (const connection of [...this.#slots]) {
      const isOpening = connection.state === 'opening'
      if (isFree(connection, !this.#isDrained)) this.#close(connection, 'pool-closed', isOpening)
    }
    this.#ending.settle()
  }

  #closeHard(): void {
    this.#turnAway(0)
    this.totals.reclaimed += this.counts().leased
    // over the set itself: a listener that hears of one's end may release the next
    for (const connection of this.#slots) this.#close(connection, 'pool-closed', true)
  }
}
