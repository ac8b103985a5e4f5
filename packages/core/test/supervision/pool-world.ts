import type {
  ConnectionHealthMonitor,
  Fault,
  HealthOptions,
  LostBecause,
  PairCallback,
  PoolPort,
  ProbeKind,
  ProbePair,
  RecycleCause,
  RecyclingOptions,
  ServerAnswer,
  ServerAnswerCallback,
} from '../../src/index.ts'
import {
  ConnectionRecycler,
  ConnectionSupervisor,
  OptionProblems,
  resolveRecyclingOptions,
} from '../../src/index.ts'
import { createRandom } from '../detection/random.ts'
import { createConnection, createWorld, type FakeConnection, type World } from '../world.ts'

/** One thing that was asked of the pool. */
export interface Asked {
  readonly what:
    | 'probe'
    | 'pair'
    | 'await-idle'
    | 'open-candidate'
    | 'drop-candidate'
    | 'ask-server'
    | 'replace'
    | 'evict'
  readonly at: number
  /** The suspect, where there is one. */
  readonly id: number
  readonly cause?: RecycleCause
  readonly because?: LostBecause
  readonly pair?: ProbePair
}

/** Round trips of a connection in ms by kind of probe; `undefined` for no answer. */
export type RoundTrips = Readonly<Record<ProbeKind, number | undefined>>

export interface PoolWorldOptions {
  readonly connections?: number
  readonly health?: HealthOptions
  readonly recycling?: RecyclingOptions
  readonly seed?: number
}

interface Due {
  readonly at: number
  readonly act: () => void
}

/** A fault that blames the connection, whose session goes on. */
export const connectionFault: Fault = Object.freeze({
  kind: 'other',
  scope: 'connection',
  retryable: true,
  endsSession: false,
})

const statements = ['select a', 'select b', 'select c', 'select d', 'select e']
const soundTrips: RoundTrips = { network: 1, backend: 3 }

/**
 * A pool in memory over a fake clock, with a supervisor of its own. It is a test double because the
 * branches that matter here (candidates that are refused, pairs that are lost, a server that does
 * not answer) cannot be staged with a real server at will. Each connection answers as scripted, and
 * everything that the supervisor asked of the pool is written down.
 */
export class PoolWorld implements PoolPort {
  // Invariant: a connection is in `#byId` from its opening to its end; candidates are `away`.
  readonly world: World
  readonly monitor: ConnectionHealthMonitor
  readonly supervisor: ConnectionSupervisor
  readonly asked: Asked[] = []
  /** No connection is spare as it comes: whoever goes is replaced. */
  min: number = Number.POSITIVE_INFINITY
  readonly maxUses: number = Number.POSITIVE_INFINITY
  readonly idleTimeoutMs: number | false = false
  waitingCount = 0
  /** When the session that is asked was last heard of. */
  serverHeardAt: number | undefined
  /** What happens to candidates: they open, their opening fails, or none can be opened now. */
  candidates: 'open' | 'fail' | 'refuse' = 'open'
  openMs = 20
  /** Whether a replacement begins when it is asked for. */
  canReplace = true
  /** Whether a new connection is slow where the one before it was. */
  isSlotSlow = false
  /** What the server answers, one after the other; the last one goes on. `false` for it cannot be asked. */
  answers: readonly (ServerAnswer | false)[] = ['active']
  /** What an answer takes to come. */
  answerMs = 1
  /** Since when that has been so, as the server says; `undefined` if it does not. */
  answerSince: number | undefined
  readonly #recycler: ConnectionRecycler
  readonly #byId = new Map<number, FakeConnection>()
  readonly #factors = new Map<number, number>()
  readonly #trips = new Map<number, RoundTrips>()
  readonly #candidates = new Map<number, number>()
  readonly #probesWanted = new Set<number>()
  readonly #onIdle = new Map<number, () => void>()
  readonly #due: Due[] = []
  readonly #random: () => number
  #caught: number | undefined
  #lastId = 0
  #nextSweepAt = 0

  constructor(options: PoolWorldOptions = {}) {
    this.world = createWorld(options.health)
    this.monitor = this.world.monitor
    this.#random = createRandom(options.seed ?? 1)
    const { health } = this.world
    const recycling = resolveRecyclingOptions(options.recycling, new OptionProblems())
    const { mode } = health
    this.#recycler = new ConnectionRecycler({ recycling, mode, random: () => 0 })
    this.supervisor = new ConnectionSupervisor({
      monitor: this.monitor,
      recycler: this.#recycler,
      health,
      port: this,
    })
    for (let opened = 0; opened < (options.connections ?? 6); opened++) this.open()
  }

  get now(): number {
    return this.world.clock.now()
  }

  // what tests stage

  open(): FakeConnection {
    this.#lastId += 1
    const connection = createConnection(this.#lastId, this.monitor)
    this.#byId.set(connection.id, connection)
    return connection
  }

  /** A connection that is known to be there. */
  at(id: number): FakeConnection {
    const connection = this.#byId.get(id)
    if (connection === undefined) throw new Error(`no connection ${id}`)
    return connection
  }

  has(id: number): boolean {
    return this.#byId.has(id)
  }

  get ids(): readonly number[] {
    return [...this.#byId.keys()]
  }

  /** Everything on these connections takes `factor` times as long from now on. */
  slow(factor: number, ...ids: readonly number[]): void {
    for (const id of ids.length === 0 ? this.ids : ids) this.#factors.set(id, factor)
  }

  /** The round trips of probes on these connections, whatever their statements take. */
  script(trips: Partial<RoundTrips>, ...ids: readonly number[]): void {
    for (const id of ids) this.#trips.set(id, { ...soundTrips, ...trips })
  }

  lease(id: number): void {
    const connection = this.at(id)
    connection.supervisedState = 'leased'
    connection.leasedAt = this.now
  }

  release(id: number): void {
    const connection = this.at(id)
    connection.runningSince = undefined
    connection.uses += 1
    this.monitor.endLease(connection.metrics, this.now - connection.leasedAt)
    connection.supervisedState = 'idle'
    connection.idleSince = this.now
    if (connection.isLeaving) this.#close(id)
    this.#offer(id)
  }

  /** A statement within the present lease; `ms` as it is, whatever the connection is like. */
  ran(id: number, ms: number, statement: string = this.#nextStatement()): void {
    const connection = this.at(id)
    this.monitor.recordRun(
      connection.metrics,
      this.monitor.fingerprints.of(statement),
      ms,
      this.now,
    )
    connection.heardAt = this.now
  }

  /** A lease of one statement, which takes about 10 ms on a sound connection. */
  serve(id: number, ms: number = this.#statementMs(id), statement?: string): void {
    this.lease(id)
    this.ran(id, ms, statement)
    this.release(id)
  }

  /** A lease of one statement that fails. */
  fail(id: number, fault: Fault): void {
    const { metrics } = this.at(id)
    this.lease(id)
    metrics.recordQuery(1)
    this.monitor.recordFault(metrics, fault, this.now)
    this.release(id)
  }

  /** Begins a statement that gets no answer yet, in a lease of its own. */
  begin(id: number, statement = 'select slow'): void {
    this.lease(id)
    const connection = this.at(id)
    connection.runningSince = this.now
    connection.runningFingerprint = this.monitor.fingerprints.of(statement)
  }

  /** Time passes, and what falls due happens. */
  advance(ms: number): void {
    const until = this.now + ms
    for (let next = this.#nextDue(until); next !== undefined; next = this.#nextDue(until)) {
      this.world.clock.advance(Math.max(0, next.at - this.now))
      next.act()
    }
    this.world.clock.advance(until - this.now)
  }

  sweep(): void {
    this.#nextSweepAt = this.now + this.world.health.sweepIntervalMs
    this.supervisor.sweep(this.now)
  }

  /** So many sweeps, each when it is due. */
  sweeps(count: number): void {
    for (let swept = 0; swept < count; swept++) {
      this.advance(Math.max(0, this.#nextSweepAt - this.now))
      this.sweep()
    }
  }

  /**
   * So many statements on every connection that is idle, one after the other, 20 ms apart on each.
   * `each` serves in place of the usual statement. Sweeps happen as they fall due.
   */
  traffic(rounds: number, each: (id: number) => void = (id) => this.serve(id)): void {
    for (let round = 0; round < rounds; round++) {
      for (const id of this.ids) {
        this.advance(20 / this.#byId.size)
        if (this.#byId.get(id)?.supervisedState === 'idle') each(id)
      }
      if (this.now >= this.#nextSweepAt) this.sweep()
    }
  }

  /** Serves statements on all connections, without a sweep, until this one is a clear suspect. */
  untilSuspect(id: number, factor = 4): void {
    this.slow(factor, id)
    this.#nextSweepAt = Number.POSITIVE_INFINITY
    for (let round = 0; this.suspicionOf(id) < 1.9; round++) {
      if (round > 1_000) throw new Error(`connection ${id} never became a suspect`)
      this.traffic(1)
    }
    this.#nextSweepAt = this.now
  }

  /** Begins a confirmation, if none is under way, and goes on until the suspect is decided. */
  untilDecided(id: number = 1): void {
    const isOpen = (): boolean => this.#byId.get(id)?.metrics.duels.isBeingConfirmed === true
    if (!isOpen()) this.sweep()
    for (let step = 0; isOpen() && step < 2_000; step++) {
      this.advance(10)
      if (isOpen() && this.now >= this.#nextSweepAt) this.sweep()
    }
  }

  suspicionOf(id: number): number {
    return this.monitor.detector.shift.suspicion(this.at(id).metrics.duels)
  }

  /** What was asked, of one kind. */
  of(what: Asked['what']): readonly Asked[] {
    return this.asked.filter((each) => each.what === what)
  }

  /** Which connections that was asked of. */
  idsOf(what: Asked['what']): readonly number[] {
    return this.of(what).map(({ id }) => id)
  }

  // PoolPort

  connections(): Iterable<FakeConnection> {
    return this.#byId.values()
  }

  probe(id: number): void {
    this.#note('probe', id)
    const { supervisedState } = this.at(id)
    if (supervisedState === 'idle') this.#sendProbe(id)
    else if (supervisedState === 'leased') this.#probesWanted.add(id)
  }

  probePair(pair: ProbePair, done: PairCallback): boolean {
    const { suspectId, referenceId, kind } = pair
    if (this.waitingCount > 0 && this.#caught !== suspectId) return false
    if (!this.#isAtHand(suspectId) || !this.#isAtHand(referenceId)) return false
    this.#note('pair', suspectId, { pair })
    const suspectMs = this.#tripMs(suspectId, kind)
    const referenceMs = this.#tripMs(referenceId, kind)
    const { probeTimeoutMs } = this.world.health
    this.at(suspectId).supervisedState = 'away'
    this.at(referenceId).supervisedState = 'away'
    this.#later(Math.max(suspectMs ?? probeTimeoutMs, referenceMs ?? probeTimeoutMs), () => {
      this.#answered(suspectId, kind, suspectMs)
      this.#answered(referenceId, kind, referenceMs)
      if (this.has(suspectId)) done(suspectMs, referenceMs)
    })
    return true
  }

  awaitIdle(id: number, onIdle: () => void): void {
    this.#note('await-idle', id)
    this.#onIdle.set(id, onIdle)
  }

  openCandidate(suspectId: number, done: (candidateId: number | undefined) => void): boolean {
    this.#note('open-candidate', suspectId)
    if (this.candidates === 'refuse') return false
    this.#later(this.openMs, () => {
      if (this.candidates === 'fail') {
        done(undefined)
        return
      }
      const candidate = this.open()
      candidate.supervisedState = 'away'
      this.#candidates.set(candidate.id, suspectId)
      done(candidate.id)
    })
    return true
  }

  dropCandidate(id: number): void {
    if (!this.#candidates.has(id)) return
    this.#note('drop-candidate', id)
    this.#close(id)
  }

  askServer(id: number, done: ServerAnswerCallback): boolean {
    this.#note('ask-server', id)
    const [answer = 'unanswered', ...later] = this.answers
    if (later.length > 0) this.answers = later
    if (answer === false) return false
    this.#later(this.answerMs, () => {
      if (!this.has(id)) return
      if (this.answerSince === undefined) done(answer)
      else done(answer, this.now - this.answerSince)
    })
    return true
  }

  replace(id: number, cause: RecycleCause): boolean {
    this.#note('replace', id, { cause })
    if (!this.canReplace) return false
    const old = this.at(id)
    const successor = this.#candidateOf(id) ?? this.open()
    this.#candidates.delete(successor.id)
    successor.supervisedState = 'idle'
    if (this.isSlotSlow) this.#factors.set(successor.id, this.#factors.get(id) ?? 1)
    this.#recycler.recordRecycle(cause, this.now, id)
    this.supervisor.replaced(id, successor.id, cause, this.now)
    old.isLeaving = true
    if (old.supervisedState === 'idle') this.#close(id)
    return true
  }

  evict(id: number, cause: RecycleCause, because?: LostBecause): void {
    this.#note('evict', id, because === undefined ? { cause } : { cause, because })
    this.#recycler.recordRecycle(cause, this.now, id)
    this.#close(id)
  }

  // inside

  #note(
    what: Asked['what'],
    id: number,
    more: Pick<Asked, 'because' | 'cause' | 'pair'> = {},
  ): void {
    this.asked.push({ what, id, at: this.now, ...more })
  }

  #later(ms: number, act: () => void): void {
    const at = this.now + ms
    const index = this.#due.findIndex((each) => each.at > at)
    this.#due.splice(index < 0 ? this.#due.length : index, 0, { at, act })
  }

  #nextDue(until: number): Due | undefined {
    const [next] = this.#due
    return next !== undefined && next.at <= until ? this.#due.shift() : undefined
  }

  #isAtHand(id: number): boolean {
    return this.#candidates.has(id) || this.#byId.get(id)?.supervisedState === 'idle'
  }

  #candidateOf(suspectId: number): FakeConnection | undefined {
    for (const [id, suspect] of this.#candidates) if (suspect === suspectId) return this.at(id)
    return undefined
  }

  #sendProbe(id: number): void {
    const rttMs = this.#tripMs(id, 'network')
    this.at(id).supervisedState = 'away'
    this.#later(rttMs ?? this.world.health.probeTimeoutMs, () =>
      this.#answered(id, 'network', rttMs),
    )
  }

  #answered(id: number, kind: ProbeKind, rttMs: number | undefined): void {
    const connection = this.#byId.get(id)
    if (connection === undefined) return
    if (!this.#candidates.has(id)) connection.supervisedState = 'idle'
    if (rttMs === undefined) connection.metrics.recordProbeTimeout(this.now)
    else {
      connection.heardAt = this.now
      this.monitor.recordProbe(connection.metrics, kind, rttMs, this.now)
    }
    this.#offer(id)
  }

  /** The connection is idle: first comes whoever waited for that. */
  #offer(id: number): void {
    if (this.#byId.get(id)?.supervisedState !== 'idle') return
    const onIdle = this.#onIdle.get(id)
    this.#onIdle.delete(id)
    this.#caught = id
    onIdle?.()
    this.#caught = undefined
    if (this.at(id).supervisedState === 'idle' && this.#probesWanted.delete(id)) this.#sendProbe(id)
  }

  #close(id: number): void {
    this.#byId.delete(id)
    this.#candidates.delete(id)
    this.#onIdle.delete(id)
    this.#probesWanted.delete(id)
    this.monitor.forget(id)
  }

  #tripMs(id: number, kind: ProbeKind): number | undefined {
    const trips = this.#trips.get(id)
    const ms = (trips ?? soundTrips)[kind]
    if (ms === undefined) return undefined
    return ms * (trips === undefined ? this.#factorOf(id) : 1) * (1 + 0.05 * this.#random())
  }

  #statementMs(id: number): number {
    return 10 * this.#factorOf(id) * (1 + 0.5 * this.#random())
  }

  #factorOf(id: number): number {
    return this.#factors.get(id) ?? 1
  }

  #nextStatement(): string {
    return statements[Math.floor(this.#random() * statements.length)] ?? ''
  }
}
