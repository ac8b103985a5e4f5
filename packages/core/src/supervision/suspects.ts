import { type Detector, probationRuns } from '../detection/detector.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { Health } from '../options/health-options.ts'
import type { SupervisedConnection } from './pool-port.ts'

/**
 * Above this share of its limit a connection is no reference for others. Where no replacement can be
 * opened to compare with, any that is no suspect itself has to do.
 */
const referenceSuspicion = { enforce: 1 / 3, observe: 1 } as const
/** Where traffic is too thin for statements, so many probes show that it is warm. */
const referenceProbes = 8
/** Below this share of its limit what was confirmed has ended. */
const overSuspicion = 0.3

/** Who is to be asked, beside whom, and who was confirmed already. */
export class Suspects {
  readonly #monitor: ConnectionHealthMonitor
  readonly #detector: Detector
  readonly #health: Health

  constructor(parts: {
    readonly monitor: ConnectionHealthMonitor
    readonly detector: Detector
    readonly health: Health
  }) {
    this.#monitor = parts.monitor
    this.#detector = parts.detector
    this.#health = parts.health
  }

  /** The strongest suspect of the shift channel that may be asked now. */
  strongest(among: readonly SupervisedConnection[], now: number): SupervisedConnection | undefined {
    const { shift } = this.#detector
    let strongest: SupervisedConnection | undefined
    let most = 1
    for (const connection of among) {
      const { duels } = connection.metrics
      if (connection.isLeaving || now < duels.confirmAgainAt) continue
      shift.renewCaution(duels, now)
      const suspicion = shift.suspicion(duels)
      if (suspicion < most) continue
      most = suspicion
      strongest = connection
    }
    return strongest
  }

  /** The connection in use longest, when the young keep winning. */
  mostAged(
    connections: readonly SupervisedConnection[],
    now: number,
  ): SupervisedConnection | undefined {
    const { ageing } = this.#detector
    ageing.renewCaution(now)
    if (ageing.suspicion < 1) return undefined
    let oldest: SupervisedConnection | undefined
    for (const connection of connections) {
      const { isLeaving, metrics } = connection
      if (isLeaving || metrics.duels.runs <= (oldest?.metrics.duels.runs ?? 0)) continue
      oldest = connection
    }
    return oldest
  }

  /** The soundest warm connection in `state` to ask beside the suspect. */
  bestReference(
    connections: readonly SupervisedConnection[],
    suspectId: number,
    state: 'idle' | 'leased',
  ): SupervisedConnection | undefined {
    let best: SupervisedConnection | undefined
    for (const connection of connections) {
      const { id, supervisedState, isLeaving, metrics } = connection
      const { duels } = metrics
      if (id === suspectId || isLeaving || supervisedState !== state) continue
      if (duels.runs <= probationRuns && metrics.probes < referenceProbes) continue
      if (this.#detector.shift.suspicion(duels) >= referenceSuspicion[this.#health.mode]) continue
      if (this.#monitor.issueOf('high_latency', id) !== undefined) continue
      if (best === undefined || duels.meanScore < best.metrics.duels.meanScore) best = connection
    }
    return best
  }

  /** Who was confirmed and still waits for a replacement. */
  confirmed(connections: readonly SupervisedConnection[]): readonly SupervisedConnection[] {
    return connections.filter(
      ({ id, isLeaving }) => !isLeaving && this.#confirmedBasis(id) !== undefined,
    )
  }

  /** Clears what was confirmed where the evidence is gone. */
  review(connections: readonly SupervisedConnection[]): void {
    for (const { id, metrics } of connections) {
      if (this.#confirmedBasis(id) !== 'duel') continue
      if (this.#detector.shift.suspicion(metrics.duels) < overSuspicion) this.clear(id)
    }
  }

  /** Clears what was confirmed of one connection. */
  clear(connectionId: number): void {
    if (this.#confirmedBasis(connectionId) === undefined) return
    this.#monitor.clear('high_latency', connectionId)
  }

  #confirmedBasis(connectionId: number): 'duel' | 'ageing' | undefined {
    const issue = this.#monitor.issueOf('high_latency', connectionId)
    if (issue?.type !== 'high_latency') return undefined
    const { basis } = issue.evidence
    return basis === 'duel' || basis === 'ageing' ? basis : undefined
  }
}
