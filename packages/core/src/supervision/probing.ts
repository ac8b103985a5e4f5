import type { Detector } from '../detection/detector.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { Health } from '../options/health-options.ts'
import type { PoolPort, SupervisedConnection } from './pool-port.ts'

/** Share of the pool that may be probed in one sweep, at least one connection (DETECTION 9). */
const probedRatio = 0.05
/** Above this share of a limit a connection is probed often. */
const watchedSuspicion = 1 / 3

/** Probes connections while traffic is too thin to judge them: the silent ones, the doubtful more often. */
export class Probing {
  readonly #monitor: ConnectionHealthMonitor
  readonly #detector: Detector
  readonly #health: Health
  readonly #port: PoolPort

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
  }

  pass(connections: readonly SupervisedConnection[], now: number): void {
    const due: { readonly id: number; readonly need: number }[] = []
    for (const connection of connections) {
      const need = this.#need(connection, now)
      if (need > 0) due.push({ id: connection.id, need })
    }
    const budget = Math.max(1, Math.ceil(connections.length * probedRatio))
    if (due.length > budget) due.sort((a, b) => b.need - a.need)
    for (const { id } of due.slice(0, budget)) this.#port.probe(id)
  }

  /** How overdue a probe is; 0 for not due. The doubtful come first, then whoever waits longest. */
  #need(
    { id, metrics, heardAt, isLeaving, isDoubted, supervisedState }: SupervisedConnection,
    now: number,
  ): number {
    const { isBeingConfirmed, isReference } = metrics.duels
    if (isLeaving || supervisedState === 'away' || isBeingConfirmed || isReference) return 0
    const { probeIntervalMs, suspectProbeIntervalMs } = this.#health
    const probedMs = now - (metrics.probedAt ?? Number.NEGATIVE_INFINITY)
    const isWatched = this.#isWatched(id, metrics)
    if (isWatched && probedMs >= suspectProbeIntervalMs) {
      // one that is lent cannot answer yet, so it takes no turn of those that can
      return supervisedState === 'idle' ? 1e9 + probedMs : 1
    }
    if (isDoubted && supervisedState === 'idle') return 1e6 + now - heardAt
    if (probeIntervalMs === false || supervisedState !== 'idle') return 0
    const silentMs = Math.min(now - heardAt, probedMs)
    return silentMs >= probeIntervalMs ? silentMs : 0
  }

  #isWatched(id: number, { duels }: SupervisedConnection['metrics']): boolean {
    const { shift, errors } = this.#detector
    return (
      shift.suspicion(duels) > watchedSuspicion ||
      errors.suspicion(duels) > watchedSuspicion ||
      this.#monitor.isWatched(id)
    )
  }
}
