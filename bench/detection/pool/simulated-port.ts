import type {
  LostBecause,
  PairCallback,
  PoolPort,
  ProbePair,
  RecycleCause,
  ServerAnswer,
  SupervisedConnection,
} from '@hale/core'
import type { Recorder } from '../runner/recorder.ts'
import { eventKinds } from '../world/event-queue.ts'
import type { World } from '../world/world.ts'
import type { Pool } from './pool.ts'
import type { Probes } from './probes.ts'
import type { SimulatedConnection } from './simulated-connection.ts'

/** What it costs to ask the server about a backend, beside the round trip. */
const askMs = 1
/** A server that is frozen is not waited for longer. */
const askTimeoutMs = 1_000
/** Replacements under way at once, at most. */
const replacementShare = 0.1

interface Question {
  readonly connection: SimulatedConnection
  readonly askedAt: number
  readonly done: (answer: ServerAnswer) => void
}

/** The simulated pool as detection knows a pool. */
export class SimulatedPort implements PoolPort {
  readonly maxUses = Number.POSITIVE_INFINITY
  readonly idleTimeoutMs = false
  readonly min: number
  readonly canReplace = true
  readonly #world: World
  #pool: Pool | undefined
  #probes: Probes | undefined
  readonly #recorder: Recorder
  readonly #questions = new Map<number, Question>()
  readonly #candidateCallbacks = new Map<number, (id: number | undefined) => void>()
  #questionCount = 0

  constructor(world: World, recorder: Recorder) {
    this.#world = world
    this.min = world.connections
    this.#recorder = recorder
  }

  /** The pool is made after its contender, which is made with this port. */
  attach(pool: Pool, probes: Probes): void {
    this.#pool = pool
    this.#probes = probes
    pool.probe = (connection) => probes.send(connection)
  }

  connections(): Iterable<SupervisedConnection> {
    return this.#pool?.slots ?? []
  }

  get waitingCount(): number {
    return this.#pool?.lending.waitingCount ?? 0
  }

  probe(connectionId: number): void {
    const connection = this.#find(connectionId)
    if (connection?.state === 'idle') this.#probes?.send(connection)
    else if (connection !== undefined) connection.isProbeWanted = true
  }

  probePair(pair: ProbePair, done: PairCallback): boolean {
    const suspect = this.#find(pair.suspectId)
    const reference = this.#find(pair.referenceId)
    if (suspect === undefined || reference === undefined || suspect === reference) return false
    if (suspect.supervisedState !== 'idle' || reference.supervisedState !== 'idle') return false
    if (this.waitingCount > 0) return false
    this.#probes?.sendPair(pair, suspect, reference, done)
    return true
  }

  awaitIdle(connectionId: number, onIdle: () => void): void {
    const connection = this.#find(connectionId)
    if (connection === undefined) return
    if (connection.state === 'idle') onIdle()
    else connection.onIdle = onIdle
  }

  openCandidate(suspectId: number, done: (candidateId: number | undefined) => void): boolean {
    const suspect = this.#find(suspectId)
    const pool = this.#pool
    if (pool === undefined || suspect === undefined || suspect.isLeaving) return false
    if (pool.candidateFor(suspect) !== undefined || !this.#mayOpen(pool)) return false
    this.#candidateCallbacks.set(pool.openCandidate(suspect).id, done)
    return true
  }

  dropCandidate(candidateId: number): void {
    this.#candidateCallbacks.delete(candidateId)
    const candidate = this.#find(candidateId)
    if (candidate?.candidateFor !== undefined) this.#pool?.close(candidate)
  }

  askServer(connectionId: number, done: (answer: ServerAnswer) => void): boolean {
    const connection = this.#find(connectionId)
    if (connection === undefined) return false
    this.#questionCount += 1
    this.#questions.set(this.#questionCount, { connection, askedAt: this.#world.now, done })
    const { links, questions } = this.#world
    const ms = links.roundTripMs(questions) + askMs
    this.#world.schedule(ms, eventKinds.serverAnswer, this.#questionCount)
    return true
  }

  replace(connectionId: number, cause: RecycleCause): boolean {
    const connection = this.#find(connectionId)
    const pool = this.#pool
    if (pool === undefined || connection === undefined || connection.isLeaving) return false
    const hasCandidate = pool.candidateFor(connection) !== undefined
    if (!hasCandidate && !this.#mayOpen(pool)) return false
    pool.replace(connection, cause)
    return true
  }

  evict(connectionId: number, cause: RecycleCause, because?: LostBecause): void {
    const connection = this.#find(connectionId)
    if (connection === undefined) return
    // a server that says nothing to anybody is given up on, which is no verdict on this connection
    const isVerdict = because !== 'unanswered'
    if (isVerdict && !connection.isLeaving)
      this.#recorder.recycled(connection, cause, this.#world.now)
    const isDead = cause === 'lost' || cause === 'unresponsive'
    if (isDead) this.#pool?.evictNow(connection, cause)
    else this.#pool?.condemn(connection, cause)
  }

  /** A connection is open: if it is a candidate, whoever asked for it learns of it. */
  opened(connection: SimulatedConnection): void {
    const done = this.#candidateCallbacks.get(connection.id)
    this.#candidateCallbacks.delete(connection.id)
    if (connection.state === 'candidate') done?.(connection.id)
  }

  /** The server's answer about a backend arrives. */
  answerQuestion(question: number): void {
    const asked = this.#questions.get(question)
    if (asked === undefined) return
    const { connection, askedAt, done } = asked
    const { now, server } = this.#world
    const isFrozen = now < server.frozenUntil
    if (isFrozen && now - askedAt < askTimeoutMs) {
      const endsAt = Math.min(server.frozenUntil, askedAt + askTimeoutMs)
      this.#world.schedule(endsAt - now, eventKinds.serverAnswer, question)
      return
    }
    this.#questions.delete(question)
    if (connection.state === 'closed') return
    if (isFrozen) done('unanswered')
    else done(this.#truthOf(connection))
  }

  /** A backend behind a dead link has answered, or has noticed that its client is gone. */
  #truthOf(connection: SimulatedConnection): ServerAnswer {
    if (connection.fault.isBlackHole) return connection.id % 2 === 0 ? 'idle' : 'gone'
    return connection.runningSince === undefined ? 'idle' : 'active'
  }

  #mayOpen(pool: Pool): boolean {
    const most = Math.max(2, Math.ceil(replacementShare * this.#world.connections))
    return pool.replacementsUnderWay < most
  }

  #find(connectionId: number): SimulatedConnection | undefined {
    return this.#pool?.connection(connectionId)
  }
}
