import type { ConnectionHealthMetrics } from '@hale/core'
import type { ContenderPorts, WatchedConnection } from '../contenders/contender.ts'
import { Duel } from '../contenders/duel.ts'
import { FeatureReader } from './features.ts'

type DuelRecord = ConnectionHealthMetrics['duels']

/**
 * What became of a confirmation, as far as the pool itself can tell. `unanswered`: the suspect could
 * not be asked in time, such as one that is lent for minutes. `open`: it left before, or the run ended.
 */
export type ConfirmationResult = 'confirmed' | 'dismissed' | 'unanswered' | 'open'

/** Whom to suspect: gives back a suspicion, from 1 on a suspect, in place of the detector's own. */
export type Judge = (record: DuelRecord, features: FeatureReader) => number

export interface Confirmation {
  readonly connectionId: number
  readonly channel: 'shift' | 'ageing'
  /** When it began. */
  readonly features: readonly number[]
  result: ConfirmationResult
}

/** The product's own choice. */
export const ownJudge: Judge = (record, features) => features.suspicion(record)

/**
 * A judge that only decides whom to ask about: below 1 the product's own suspicion goes on to say
 * whom to probe often, and who is sound enough to be a reference.
 */
export function suspecting(
  isSuspect: (record: DuelRecord, features: FeatureReader) => number,
): Judge {
  return (record, features) => {
    const excess = isSuspect(record, features)
    return excess >= 0 ? 1 + excess : Math.min(0.999, features.suspicion(record))
  }
}

/** Hale's own detection with another judge of whom to suspect, and a record of its confirmations. */
export class Observed extends Duel {
  readonly features: FeatureReader
  readonly confirmations: Confirmation[] = []
  readonly #ports: ContenderPorts
  readonly #judge: Judge
  #current: { readonly metrics: ConnectionHealthMetrics; readonly told: Confirmation } | undefined

  constructor(ports: ContenderPorts, judge: Judge) {
    super(ports)
    this.#ports = ports
    this.#judge = judge
    const { detector } = this.monitor
    this.features = new FeatureReader(detector, () => ports.clock.now())
    const { shift } = detector
    const dismiss = shift.dismiss.bind(shift)
    shift.dismiss = (record, now) => {
      if (this.#current?.metrics.duels === record) this.#current.told.result = 'dismissed'
      dismiss(record, now)
    }
    shift.suspicion = (record) => judge(record, this.features)
    this.monitor.on('issue:raised', ({ issue }) => {
      const told = this.#current?.told
      const isDuel = issue.type === 'high_latency' && issue.evidence.basis === 'duel'
      if (told !== undefined && isDuel && told.connectionId === issue.connectionId)
        told.result = 'confirmed'
    })
  }

  override opening(connectionId: number): ConnectionHealthMetrics {
    const metrics = super.opening(connectionId)
    this.features.track(metrics)
    return metrics
  }

  override closed(connection: WatchedConnection): void {
    super.closed(connection)
    this.features.forget(connection.metrics)
  }

  override sweep(now: number): void {
    this.#forgetEnded()
    this.features.survey(this.#ports.port.connections())
    super.sweep(now)
    this.#noteStarted()
  }

  #forgetEnded(): void {
    if (this.#current?.metrics.duels.isBeingConfirmed !== false) return
    const { told } = this.#current
    this.#current = undefined
    const isThere = this.monitor.metricsOf(told.connectionId) !== undefined
    if (told.result !== 'open' || !isThere) return
    const isKnown = this.monitor.issueOf('high_latency', told.connectionId) !== undefined
    told.result = isKnown ? 'confirmed' : 'unanswered'
  }

  /** There is one at a time, and it begins in a sweep, never in the one in which another ends. */
  #noteStarted(): void {
    if (this.#current !== undefined) return
    for (const { id, metrics } of this.#ports.port.connections()) {
      if (!metrics.duels.isBeingConfirmed) continue
      const channel = this.#judge(metrics.duels, this.features) >= 1 ? 'shift' : 'ageing'
      const features = this.features.read(metrics.duels)
      const told: Confirmation = { connectionId: id, channel, features, result: 'open' }
      this.#current = { metrics, told }
      this.confirmations.push(told)
    }
  }
}
