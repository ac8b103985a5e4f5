import { flapping } from '../issues/flapping.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { ConnectionRecycler, PoolView } from '../recycling/connection-recycler.ts'
import type { PoolPort, SupervisedConnection } from './pool-port.ts'

/** How long before its deadline a connection's replacement begins to open, ms, and as a share of its lifetime. */
const retireLeadMs = 1_000
const retireLeadRatio = 0.05
/** A connection that served somebody within this time is replaced before it goes, ms. */
const recentlyUsedMs = 500

/** Asks the policy about each connection, and has its verdicts carried out. */
export class RecyclingPass {
  readonly #monitor: ConnectionHealthMonitor
  readonly #recycler: ConnectionRecycler
  readonly #port: PoolPort
  readonly #hasCandidate: (connectionId: number) => boolean

  constructor(parts: {
    readonly monitor: ConnectionHealthMonitor
    readonly recycler: ConnectionRecycler
    readonly port: PoolPort
    /** Whether its replacement is open already. */
    readonly hasCandidate: (connectionId: number) => boolean
  }) {
    this.#monitor = parts.monitor
    this.#recycler = parts.recycler
    this.#port = parts.port
    this.#hasCandidate = parts.hasCandidate
  }

  pass(connections: readonly SupervisedConnection[], now: number): void {
    let total = connections.length
    const unhealthy = this.#monitor.unhealthyCount
    for (const connection of connections) {
      if (connection.isLeaving || connection.supervisedState === 'away') continue
      const pool: PoolView = {
        total,
        unhealthy,
        min: this.#port.min,
        canReplace: this.#port.canReplace,
      }
      if (this.#decide(connection, pool, now)) total -= 1
    }
  }

  /** Returns whether the connection went without a successor. */
  #decide(connection: SupervisedConnection, pool: PoolView, now: number): boolean {
    const { id, supervisedState, openedAt, deadlineAt, uses, idleSince, metrics } = connection
    const assessment = this.#monitor.latest(id)
    if (assessment === undefined) return false
    const leadMs = Math.min(retireLeadMs, (deadlineAt - openedAt) * retireLeadRatio)
    const verdict = this.#recycler.decide(
      {
        connectionId: id,
        openedAt,
        deadlineAt: deadlineAt - leadMs,
        uses,
        maxUses: this.#port.maxUses,
        idleMs: supervisedState === 'idle' ? now - idleSince : undefined,
        idleTimeoutMs: this.#port.idleTimeoutMs,
        backendMemoryBytes: metrics.serverReport(now)?.backendMemoryBytes,
        assessment,
      },
      pool,
      now,
    )
    if (verdict.action === 'keep') {
      if (verdict.heldBack === 'flapping') this.#raiseFlapping(id, now)
      return false
    }
    const { cause } = verdict
    const isMissed = pool.total <= pool.min || this.#isMissed(connection, verdict.action, now)
    if (cause !== 'idle' && (isMissed || this.#hasCandidate(id))) {
      this.#port.replace(id, cause)
      return false
    }
    if (cause === 'lifetime' && now < deadlineAt) return false
    this.#port.evict(id, cause)
    return true
  }

  /**
   * Whether callers would wait for another once it is gone. One that retires while its first caller still
   * has it served nobody else in all its life.
   */
  #isMissed(
    { supervisedState, idleSince, uses }: SupervisedConnection,
    action: 'retire' | 'evict',
    now: number,
  ): boolean {
    if (supervisedState === 'idle') return now - idleSince <= recentlyUsedMs
    return action === 'evict' || uses > 0
  }

  #raiseFlapping(connectionId: number, now: number): void {
    const flaps = this.#recycler.flaps(connectionId)
    if (flaps === undefined) return
    const { evictions, heldBackUntil } = flaps
    this.#monitor.sight(flapping(evictions, Math.max(0, heldBackUntil - now)), connectionId)
  }
}
