import type { Detector } from '../detection/detector.ts'
import { fingerprintSlots } from '../detection/fingerprint-table.ts'
import { unresponsive } from '../issues/unresponsive.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { PoolPort, ServerAnswer, SupervisedConnection } from './pool-port.ts'

/** A statement that runs for less is never asked about, one that runs longer at the latest, ms. */
const earliestMs = 500
const latestMs = 20_000
/** … or when it takes so many times the longest run that is known of its fingerprint. */
const patience = 2
/** The slowest link that is waited for while a statement is still being sent, bytes per ms. */
const slowestBytesPerMs = 100
/** Between two looks at a backend that waits for us while we wait for it, ms. */
const secondLookMs = 150
/** When to ask again after the server gave no answer at all, ms. */
const unansweredMs = 1_000

/**
 * Statements that got no answer for suspiciously long. The server is asked what their backends do:
 * one that works is slow, and is left alone; one that waits for us, or is gone, is behind a link
 * that is dead.
 */
export class Liveness {
  readonly #monitor: ConnectionHealthMonitor
  readonly #detector: Detector
  readonly #port: PoolPort

  constructor(parts: {
    readonly monitor: ConnectionHealthMonitor
    readonly detector: Detector
    readonly port: PoolPort
  }) {
    this.#monitor = parts.monitor
    this.#detector = parts.detector
    this.#port = parts.port
  }

  pass(connections: readonly SupervisedConnection[], now: number): void {
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

  #patienceMs({ runningFingerprint, unsentBytes }: SupervisedConnection): number {
    const { fingerprints, rings } = this.#detector
    const isKnown = fingerprints.isCurrent(runningFingerprint)
    const longestMs = isKnown ? rings.longestMs(runningFingerprint % fingerprintSlots) : 0
    const usualMs = Math.max(earliestMs, Math.min(latestMs, patience * longestMs))
    return usualMs + unsentBytes / slowestBytesPerMs
  }

  #ask(connection: SupervisedConnection, since: number): void {
    const { duels } = connection.metrics
    const isAsked = this.#port.askServer(connection.id, (answer) => {
      if (connection.runningSince === since && !connection.isLeaving) {
        this.#conclude(connection, answer, since, this.#monitor.now())
      }
    })
    if (isAsked) duels.askAgainAt = Number.POSITIVE_INFINITY
  }

  #conclude(
    connection: SupervisedConnection,
    answer: ServerAnswer,
    since: number,
    now: number,
  ): void {
    const { duels } = connection.metrics
    switch (answer) {
      case 'active':
        duels.receivedWhenIdle = -1
        duels.askAgainAt = now + (now - since) // twice as long in all
        break
      case 'unanswered':
        duels.askAgainAt = now + unansweredMs
        break
      case 'unknown':
        break
      case 'idle':
      case 'gone':
        this.#foundIdle(connection, now)
        break
      default:
        answer satisfies never
    }
  }

  /** The answer may be on its way, so the link is dead only if nothing comes until the second look. */
  #foundIdle(connection: SupervisedConnection, now: number): void {
    const { id, receivedBytes, runningSince, metrics } = connection
    const { duels } = metrics
    if (duels.receivedWhenIdle !== receivedBytes) {
      duels.receivedWhenIdle = receivedBytes
      duels.askAgainAt = now + secondLookMs
      return
    }
    this.#monitor.sight(unresponsive(now - (runningSince ?? now), 'statement'), id)
    this.#port.evict(id, 'unresponsive')
  }
}
