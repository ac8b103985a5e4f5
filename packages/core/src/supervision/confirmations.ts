import type { Detector } from '../detection/detector.ts'
import { PairTest } from '../detection/pair-test.ts'
import { ageing, slowByDuel } from '../issues/high-latency.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { Health } from '../options/health-options.ts'
import type { PoolPort, SupervisedConnection } from './pool-port.ts'
import { Suspects } from './suspects.ts'

/** A confirmation that takes longer gives up; the suspicion stays, ms. */
const patienceMs = 5_000
/**
 * A suspect has to lose twice, so far apart, ms: for some hundred ms one of two processes may be
 * slower because it shares its core, which a connection cannot help.
 */
const secondLookMs = 1_000
/** How soon it may be tried again after giving up, ms. */
const retryMs = 1_000
/**
 * How soon it may be asked again, ms. A dismissed one has to become a suspect again first; one that
 * was confirmed is usually replaced before.
 */
const againMs = { dismissed: 0, undecided: 5_000, confirmed: 30_000 } as const
/** A candidate whose suspect is not replaced is given up after this time, ms. */
const reserveMs = 5_000
/** Aged connections are replaced one by one, so far apart, ms. */
const ageingSpacingMs = 10_000
interface Confirmation {
  readonly suspectId: number
  readonly channel: 'shift' | 'ageing'
  /** Of the present look, the first or the second. */
  startedAt: number
  test: PairTest
  isSecondLook: boolean
  candidate: number | 'none' | 'opening' | 'refused'
  referenceId: number | undefined
  isAsking: boolean
  isAwaited: boolean
}

/**
 * Asks a suspect the same as a healthy connection, or as the replacement itself, at the same time,
 * until it is clear whether a replacement would be better. One at a time per pool, because the
 * server pays for the probes.
 */
export class Confirmations {
  readonly #monitor: ConnectionHealthMonitor
  readonly #detector: Detector
  readonly #health: Health
  readonly #port: PoolPort
  readonly #suspects: Suspects
  #connections: readonly SupervisedConnection[] = []
  #current: Confirmation | undefined
  #reserved:
    | { readonly suspectId: number; readonly candidateId: number; readonly until: number }
    | undefined
  #ageingAgainAt = 0

  constructor(parts: {
    readonly monitor: ConnectionHealthMonitor
    readonly detector: Detector
    readonly health: Health
    readonly port: PoolPort
  }) {
    this.#monitor = parts.monitor
    this.#detector = parts.detector
    this.#health = parts.health
    this.#port = parts.port
    this.#suspects = new Suspects(parts)
  }

  /** Goes on with what is under way, or starts with the strongest suspect. */
  pass(connections: readonly SupervisedConnection[], now: number): void {
    this.#connections = connections
    this.#giveUpReserved(now)
    this.#suspects.review(connections)
    if (this.#current !== undefined) this.#goOn(this.#current, now)
    else this.#start(now)
  }

  /** Whether the connection was confirmed beside a candidate, which is kept for it. */
  hasCandidate(connectionId: number): boolean {
    return this.#reserved?.suspectId === connectionId
  }

  #goOn(current: Confirmation, now: number): void {
    const suspect = this.#find(current.suspectId)
    if (suspect === undefined || suspect.isLeaving) this.#end(current, 'dropped')
    else if (now - current.startedAt > patienceMs) {
      this.#end(current, 'dropped')
      suspect.metrics.duels.confirmAgainAt = now + retryMs
    } else this.#step(current, now)
  }

  #start(now: number): void {
    const isEnforced = this.#health.mode === 'enforce'
    const waiting = isEnforced ? this.#suspects.confirmed(this.#connections) : []
    const isOneWaiting = waiting.length > 0 // then nobody else is looked for
    const suspect = this.#suspects.strongest(isOneWaiting ? waiting : this.#connections, now)
    if (suspect !== undefined) this.#begin(suspect, 'shift', now)
    else if (isEnforced && !isOneWaiting && now >= this.#ageingAgainAt) {
      const aged = this.#suspects.mostAged(this.#connections, now)
      if (aged !== undefined) this.#begin(aged, 'ageing', now)
    }
  }

  #begin(suspect: SupervisedConnection, channel: 'shift' | 'ageing', now: number): void {
    const current: Confirmation = {
      suspectId: suspect.id,
      channel,
      startedAt: now,
      test: new PairTest(this.#health.latency),
      isSecondLook: false,
      candidate: 'none',
      referenceId: undefined,
      isAsking: false,
      isAwaited: false,
    }
    this.#current = current
    suspect.metrics.duels.isBeingConfirmed = true
    this.#step(current, now)
  }

  #step(current: Confirmation, now: number): void {
    if (current.isAsking || this.#current !== current || now < current.startedAt) return
    const { verdict } = current.test
    if (verdict === 'confirmed' && !current.isSecondLook) {
      current.isSecondLook = true
      current.startedAt = now + secondLookMs
      current.test = new PairTest(this.#health.latency)
      return
    }
    if (verdict !== 'open') {
      const isDoubtful = verdict === 'dismissed' && current.isSecondLook
      this.#settle(current, isDoubtful ? 'undecided' : verdict, now)
      return
    }
    const referenceId = this.#referenceFor(current)
    if (referenceId === undefined) {
      this.#awaitReference(current)
      return
    }
    const { nextKind: kind, suspectFirst } = current.test
    const { suspectId } = current
    const isSent = this.#port.probePair(
      { suspectId, referenceId, kind, suspectFirst },
      (suspectMs, referenceMs) => {
        current.isAsking = false
        if (this.#current !== current) return
        current.test.add(kind, suspectMs, referenceMs)
        this.#step(current, this.#monitor.now())
      },
    )
    current.isAsking = isSent
    if (isSent) this.#setReference(current, referenceId)
    else this.#awaitSuspect(current)
  }

  /** A suspect that is always lent is caught when it comes back. */
  #awaitSuspect(current: Confirmation): void {
    if (current.isAwaited || this.#find(current.suspectId)?.supervisedState !== 'leased') return
    this.#await(current, current.suspectId)
  }

  /** Where no candidate may be opened, and every sound peer is busy: the first that comes back. */
  #awaitReference(current: Confirmation): void {
    if (this.#health.mode === 'enforce' || current.isAwaited) return
    const peer = this.#suspects.bestReference(this.#connections, current.suspectId, 'leased')
    if (peer !== undefined) this.#await(current, peer.id)
  }

  #await(current: Confirmation, connectionId: number): void {
    current.isAwaited = true
    this.#port.awaitIdle(connectionId, () => {
      current.isAwaited = false
      this.#step(current, this.#monitor.now())
    })
  }

  #setReference(current: Confirmation, referenceId: number): void {
    if (current.referenceId === referenceId) return
    this.#markReference(current, false)
    current.referenceId = referenceId
    this.#markReference(current, true)
  }

  #markReference({ referenceId }: Confirmation, isReference: boolean): void {
    const metrics = referenceId === undefined ? undefined : this.#monitor.metricsOf(referenceId)
    if (metrics !== undefined) metrics.duels.isReference = isReference
  }

  /** The candidate if there is one, else the best of the idle; opens a candidate where there is none. */
  #referenceFor(current: Confirmation): number | undefined {
    if (typeof current.candidate === 'number') return current.candidate
    const peer =
      current.channel === 'shift'
        ? this.#suspects.bestReference(this.#connections, current.suspectId, 'idle')
        : undefined
    if (peer !== undefined) return peer.id
    if (current.candidate === 'none' && this.#health.mode === 'enforce')
      this.#openCandidate(current)
    return undefined
  }

  #openCandidate(current: Confirmation): void {
    current.candidate = 'opening'
    const isOpening = this.#port.openCandidate(current.suspectId, (candidateId) => {
      current.candidate = candidateId ?? 'refused'
      if (candidateId === undefined) return
      if (this.#current === current) this.#step(current, this.#monitor.now())
      else this.#port.dropCandidate(candidateId)
    })
    if (!isOpening) current.candidate = 'none'
  }

  #settle(
    current: Confirmation,
    verdict: 'confirmed' | 'dismissed' | 'undecided',
    now: number,
  ): void {
    const suspect = this.#find(current.suspectId)
    if (suspect !== undefined) {
      const { duels } = suspect.metrics
      if (verdict === 'confirmed') this.#confirmed(current, suspect, now)
      else if (current.channel === 'ageing') this.#detector.ageing.dismiss(now)
      else if (verdict === 'dismissed') this.#detector.shift.dismiss(duels, now)
      duels.confirmAgainAt = now + againMs[verdict]
      if (verdict !== 'confirmed') this.#suspects.clear(suspect.id)
    }
    this.#end(current, verdict === 'confirmed' ? 'kept' : 'dropped', now)
  }

  #confirmed(current: Confirmation, suspect: SupervisedConnection, now: number): void {
    const { evidence } = current.test
    const { id, metrics, openedAt, uses } = suspect
    if (current.channel === 'ageing') {
      this.#ageingAgainAt = now + ageingSpacingMs
      const { youngScore } = this.#detector.ageing
      const { suspectMs, referenceMs, pairs, lost } = evidence
      const ageMs = now - openedAt
      const told = { uses, ageMs, youngScore, suspectMs, referenceMs, pairs, lost }
      this.#monitor.sight(ageing(told), id)
      return
    }
    const reference = typeof current.candidate === 'number' ? 'replacement' : 'peer'
    const score = metrics.duels.meanScore
    const suspicion = this.#detector.shift.suspicion(metrics.duels)
    this.#monitor.sight(slowByDuel({ ...evidence, reference, score, suspicion }), id)
  }

  #end(current: Confirmation, candidate: 'kept' | 'dropped', now: number = 0): void {
    const { suspectId, candidate: candidateId } = current
    this.#current = undefined
    this.#markReference(current, false)
    const metrics = this.#monitor.metricsOf(suspectId)
    if (metrics !== undefined) metrics.duels.isBeingConfirmed = false
    if (typeof candidateId !== 'number') return
    if (candidate === 'dropped') this.#port.dropCandidate(candidateId)
    else this.#reserved = { suspectId, candidateId, until: now + reserveMs }
  }

  #giveUpReserved(now: number): void {
    if (this.#reserved === undefined) return
    const { suspectId, candidateId, until } = this.#reserved
    const suspect = this.#find(suspectId)
    if (suspect !== undefined && !suspect.isLeaving && now < until) return
    this.#reserved = undefined
    this.#port.dropCandidate(candidateId) // no effect if it took the suspect's place
  }

  #find(connectionId: number): SupervisedConnection | undefined {
    return this.#connections.find(({ id }) => id === connectionId)
  }
}
