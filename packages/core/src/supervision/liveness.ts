import type { Detector } from '../detection/detector.ts'
import { fingerprintSlots } from '../detection/fingerprint-table.ts'
import { unresponsive } from '../issues/unresponsive.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { Health } from '../options/health-options.ts'
import type { LostBecause, PoolPort, ServerAnswer, SupervisedConnection } from './pool-port.ts'
import { ServerHearing } from './server-hearing.ts'

/** A statement that runs for less is never asked about, one that runs longer at the latest, ms. */
const earliestMs = 500
const latestMs = 5_000
/** … or when it takes so many times the longest run that is known of its fingerprint. */
const patience = 2
/** The longest between two questions: a link that dies meanwhile is not noticed sooner, ms. */
const longestPauseMs = 5_000
/** The slowest link that is waited for while a statement is still being sent, bytes per ms. */
const slowestBytesPerMs = 100
/** Between two looks at a backend that waits for us while we wait for it, ms. */
const secondLookMs = 150
/**
 * How long at least a statement, or its answer, may be on its way, ms: a link that has just become slow is not
 * dead, and neither is one that lost two packets in a row …
 */
const leastTravelMs = 820
/** … more where round trips are known to be long: so many of them … */
const patientTrips = 2
/** … up to this, ms. */
const mostTravelMs = 4_000
/** When to ask again after the server gave no answer at all, ms. */
const unansweredMs = 500

interface QuestionTimes {
  /** When the statement was sent that is asked about. */
  readonly since: number
  /** When the answer came. */
  readonly now: number
  /** For how long it has been as the server says. */
  readonly forMs: number | undefined
}

/**
 * Statements that got no answer for suspiciously long. The server is asked what their backends do:
 * one that works is slow, and is left alone; one that waits for us, or is gone, is behind a link
 * that is dead. While the server says nothing to anybody, no link is to blame: all of them are waited
 * for until `health.unreachableTimeoutMs` is over.
 */
export class Liveness {
  readonly #monitor: ConnectionHealthMonitor
  readonly #detector: Detector
  readonly #health: Health
  readonly #port: PoolPort
  readonly #hearing: ServerHearing

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
    this.#hearing = new ServerHearing(parts)
  }

  pass(connections: readonly SupervisedConnection[], now: number): void {
    this.#hearing.listen(connections, now)
    this.#giveUp(connections, now)
    for (const connection of connections) {
      const { runningSince, supervisedState, metrics } = connection
      if (runningSince === undefined || supervisedState !== 'leased') continue
      if (now - runningSince < earliestMs) continue
      const { duels } = metrics
      if (duels.askedSince !== runningSince) {
        duels.askedSince = runningSince
        duels.receivedWhenIdle = -1
        duels.askAgainAt = runningSince + this.#patienceMs(connection)
      }
      if (now >= duels.askAgainAt) this.#ask(connection, runningSince)
    }
  }

  /** In place of a pass that comes too late by so much: whoever was silent meanwhile is not to blame. */
  heldUp(connections: readonly SupervisedConnection[], lateMs: number, now: number): void {
    this.#hearing.listen(connections, now)
    this.#hearing.heldUp(lateMs, now)
  }

  #patienceMs({ runningFingerprint, unsentBytes }: SupervisedConnection): number {
    const { fingerprints, rings } = this.#detector
    const isKnown = fingerprints.isCurrent(runningFingerprint)
    const longestMs = isKnown ? rings.longestMs(runningFingerprint % fingerprintSlots) : 0
    const usualMs = Math.max(earliestMs, Math.min(latestMs, patience * longestMs))
    return usualMs + unsentBytes / slowestBytesPerMs
  }

  #ask(connection: SupervisedConnection, since: number): void {
    const { duels } = connection.metrics
    const askedAt = this.#monitor.now()
    const isAsked = this.#port.askServer(connection.id, (answer, forMs) => {
      const now = this.#monitor.now()
      if (answer === 'unanswered') this.#hearing.unanswered(askedAt, now)
      else if (answer !== 'unknown') this.#hearing.answered(now)
      const { runningSince, supervisedState } = connection
      if (runningSince !== since || supervisedState !== 'leased') return
      this.#conclude(connection, answer, { since, now, forMs })
    })
    if (isAsked) duels.askAgainAt = Number.POSITIVE_INFINITY
  }

  #conclude(connection: SupervisedConnection, answer: ServerAnswer, times: QuestionTimes): void {
    const { duels } = connection.metrics
    const { since, now } = times
    switch (answer) {
      case 'active':
        duels.receivedWhenIdle = -1
        duels.askAgainAt = now + Math.min(longestPauseMs, now - since) // at first twice as long in all
        break
      case 'unanswered':
        duels.askAgainAt = now + unansweredMs
        break
      case 'unknown': // whether the server says anything at all can still be found by asking
        duels.askAgainAt = now + longestPauseMs
        break
      case 'idle':
      case 'gone':
        this.#foundIdle(connection, answer, times)
        break
      default:
        answer satisfies never
    }
  }

  /**
   * The statement may be on its way, or its answer since the backend became idle: the link is dead only if
   * either has been for long enough, and nothing comes between two looks.
   */
  #foundIdle(connection: SupervisedConnection, answer: LostBecause, times: QuestionTimes): void {
    const { receivedBytes, metrics } = connection
    const { duels } = metrics
    const { since, now, forMs = Number.POSITIVE_INFINITY } = times
    const leftMs = travelMs(connection, now) - Math.min(now - since, forMs)
    if (duels.receivedWhenIdle === receivedBytes && leftMs <= 0) {
      this.#lose(connection, answer, now)
      return
    }
    duels.receivedWhenIdle = receivedBytes
    duels.askAgainAt = now + Math.max(secondLookMs, leftMs)
  }

  /** Ends the wait for a server that says nothing to anybody. */
  #giveUp(connections: readonly SupervisedConnection[], now: number): void {
    const { unreachableTimeoutMs: limitMs } = this.#health
    if (limitMs === false || !this.#hearing.isSilent) return
    if (this.#hearing.silentMs(now) < limitMs) return
    for (const connection of connections) {
      const { runningSince, supervisedState, unsentBytes } = connection
      if (runningSince === undefined || supervisedState !== 'leased') continue
      const patienceMs = limitMs + unsentBytes / slowestBytesPerMs
      if (now - runningSince >= patienceMs) this.#lose(connection, 'unanswered', now)
    }
  }

  #lose({ id, runningSince }: SupervisedConnection, because: LostBecause, now: number): void {
    this.#monitor.sight(unresponsive(now - (runningSince ?? now), 'statement'), id)
    this.#port.evict(id, 'unresponsive', because)
  }
}

/** How long something may be on its way on this link, as far as is known. */
function travelMs(
  { metrics, openedAt, openingAt = openedAt }: SupervisedConnection,
  now: number,
): number {
  // opening took at least two round trips, and is the only measure of a link on which probes time out
  const tripsMs = Math.max(patientTrips * (metrics.probeFloorMs(now) ?? 0), openedAt - openingAt)
  return Math.max(leastTravelMs, Math.min(mostTravelMs, tripsMs))
}
