import type { Detector } from '../detection/detector.ts'
import type { DuelRecord } from '../detection/duel-record.ts'
import type { Learning } from '../detection/swap-outcomes.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { Health } from '../options/health-options.ts'
import type { ConnectionRecycler } from '../recycling/connection-recycler.ts'
import type { RecycleCause } from '../recycling/recycle-cause.ts'
import { judgeChannels } from './channel-verdicts.ts'
import { Confirmations } from './confirmations.ts'
import { Liveness } from './liveness.ts'
import type { PoolPort, SupervisedConnection } from './pool-port.ts'
import { Probing } from './probing.ts'
import { RecyclingPass } from './recycling-pass.ts'
import { SwapExperiments } from './swap-experiments.ts'

/** A sweep that is later than this was held up by our own process, ms. */
const latenessMs = 50

/** What a supervisor is made of. */
export interface SupervisorOptions {
  readonly monitor: ConnectionHealthMonitor
  readonly recycler: ConnectionRecycler
  readonly health: Health
  readonly port: PoolPort
}

/**
 * Passes over the connections of one pool again and again: judges them, has verdicts carried out,
 * asks about what is in doubt. Does nothing but through its port, and only while `sweep` or a
 * callback of the port runs.
 */
export class ConnectionSupervisor {
  readonly #monitor: ConnectionHealthMonitor
  readonly #detector: Detector
  readonly #recycler: ConnectionRecycler
  readonly #health: Health
  readonly #port: PoolPort
  readonly #recycling: RecyclingPass
  readonly #confirmations: Confirmations
  readonly #liveness: Liveness
  readonly #probing: Probing
  readonly #experiments: SwapExperiments
  #sweptAt: number | undefined

  constructor(options: SupervisorOptions) {
    const { monitor, recycler, health, port } = options
    const { detector } = monitor
    this.#monitor = monitor
    this.#detector = detector
    this.#recycler = recycler
    this.#health = health
    this.#port = port
    this.#confirmations = new Confirmations({ monitor, detector, health, port })
    const hasCandidate = (id: number): boolean => this.#confirmations.hasCandidate(id)
    this.#recycling = new RecyclingPass({ monitor, recycler, port, hasCandidate })
    this.#liveness = new Liveness({ monitor, detector, health, port })
    this.#probing = new Probing({ monitor, detector, health, port })
    this.#experiments = new SwapExperiments({ monitor, detector })
  }

  /** One pass. To be called every `health.sweepIntervalMs`; a late call is taken for our own stall. */
  sweep(now: number): void {
    const connections = [...this.#port.connections()]
    const lateMs = this.#lateMs(now)
    const wasHeldUp = lateMs > latenessMs
    if (wasHeldUp) this.#detector.tail.noteOwnStall(now, connections.map(duelsOf))
    this.#renew(connections, now)
    this.#monitor.sumUp(connections, now)
    judgeChannels(this.#monitor, this.#detector, connections, now)
    this.#monitor.assessAll(connections, now)
    this.#monitor.judgeLosses(connections.length, now)
    this.#recycling.pass(connections, now)
    if (wasHeldUp) this.#liveness.heldUp(connections, lateMs, now)
    else this.#liveness.pass(connections, now) // else the answers may be waiting in our sockets
    this.#confirmations.pass(connections, now)
    this.#probing.pass(connections, now)
    this.#experiments.settle()
  }

  /** `newId` took the place of `oldId`, which is about to be closed for `cause`. */
  replaced(oldId: number, newId: number, cause: RecycleCause, now: number): void {
    this.#recycler.recordReplacement(oldId, newId, now)
    this.#experiments.begin(oldId, newId, cause)
  }

  /** What became of past swaps, by channel; a copy. */
  get learning(): Learning {
    return this.#experiments.snapshot()
  }

  /** By how much this sweep comes later than it was due. */
  #lateMs(now: number): number {
    const elapsedMs = now - (this.#sweptAt ?? now)
    this.#sweptAt = now
    return Math.max(0, elapsedMs - this.#health.sweepIntervalMs)
  }

  #renew(connections: readonly SupervisedConnection[], now: number): void {
    if (!this.#detector.isRenewalDue(now)) return
    this.#monitor.judgeServer(this.#detector.renew(connections.map(duelsOf), now))
  }
}

function duelsOf({ metrics }: SupervisedConnection): DuelRecord {
  return metrics.duels
}
