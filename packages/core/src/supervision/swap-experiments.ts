import type { Detector } from '../detection/detector.ts'
import type { DuelRecord } from '../detection/duel-record.ts'
import { type Learning, type SwapChannel, SwapOutcomes } from '../detection/swap-outcomes.ts'
import type { ConnectionHealthMetrics } from '../metrics/connection-health-metrics.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { RecycleCause } from '../recycling/recycle-cause.ts'

/** Runs of the replacement that show whether it is any better; stalls are rare, so they take more. */
const settleRuns: Readonly<Record<SwapChannel, number>> = {
  shift: 232,
  ageing: 232,
  error: 200,
  liveness: 200,
  tail: 600,
}

const channelOf: Readonly<Partial<Record<RecycleCause, SwapChannel>>> = {
  latency: 'shift',
  stalls: 'tail',
  faults: 'error',
  ageing: 'ageing',
  unresponsive: 'liveness',
}

/**
 * Each swap is an experiment: did the slot get better? What comes of it moves the trust in the
 * channel that asked for the swap, and with it the channel's limit.
 */
export class SwapExperiments {
  readonly #monitor: ConnectionHealthMonitor
  readonly #detector: Detector
  readonly #outcomes: SwapOutcomes = new SwapOutcomes()
  readonly #pending = new Map<number, SwapChannel>()

  constructor(parts: { readonly monitor: ConnectionHealthMonitor; readonly detector: Detector }) {
    this.#monitor = parts.monitor
    this.#detector = parts.detector
  }

  /** `newId` is about to take the place of `oldId`, which is still known. */
  begin(oldId: number, newId: number, cause: RecycleCause): void {
    const channel = channelOf[cause]
    const metrics = this.#monitor.metricsOf(oldId)
    if (channel === undefined || metrics === undefined) return
    if (this.#pending.delete(oldId)) this.#outcomes.settle(oldId, Number.POSITIVE_INFINITY) // it was no better
    const oldLevel = this.#levelOf(channel, metrics)
    this.#outcomes.begin({ channel, oldLevel, replacementId: newId })
    this.#pending.set(newId, channel)
  }

  /** Judges the experiments that have run long enough. To be called on every sweep. */
  settle(): void {
    for (const [id, channel] of this.#pending) {
      const metrics = this.#monitor.metricsOf(id)
      if (metrics !== undefined && metrics.duels.runs < settleRuns[channel]) continue
      this.#pending.delete(id)
      if (metrics === undefined) this.#outcomes.forget(id)
      else {
        this.#outcomes.settle(id, channel === 'liveness' ? 0 : this.#levelOf(channel, metrics))
        this.#adapt()
      }
    }
  }

  snapshot(): Learning {
    return this.#outcomes.snapshot()
  }

  #levelOf(channel: SwapChannel, metrics: ConnectionHealthMetrics): number {
    const { duels } = metrics
    switch (channel) {
      case 'shift':
        return Math.max(0, duels.meanScore)
      case 'ageing':
        return Math.max(0, this.#detector.ageing.youngScore + duels.meanScore)
      case 'tail':
        return duels.stalls / Math.max(1, duels.runs)
      case 'error':
        return errorLevel(duels, metrics)
      case 'liveness':
        return 1
      default:
        return channel satisfies never
    }
  }

  #adapt(): void {
    const { shift, tail, errors, ageing } = this.#detector
    shift.trustFactor = this.#outcomes.limitFactor('shift')
    tail.trustFactor = this.#outcomes.limitFactor('tail')
    errors.trustFactor = this.#outcomes.limitFactor('error')
    ageing.trustFactor = this.#outcomes.limitFactor('ageing')
  }
}

function errorLevel({ runs }: DuelRecord, metrics: ConnectionHealthMetrics): number {
  const { faultsByScopeTotal } = metrics.snapshot()
  const { connection, role, plan } = faultsByScopeTotal
  return (connection + role + plan) / Math.max(1, runs)
}
