import type { HealthEventOf, WatchedPool } from '@hale/core'
import type { Attributes, Histogram, Meter } from '@opentelemetry/api'
import { createHistogram } from './create-histogram.ts'
import { attributeNames, durationMetrics } from './pool-metrics.ts'

/** Records openings, waits and leases as they happen: two records per lease. */
export class RecordedDurations {
  readonly #createTime: Histogram
  readonly #waitTime: Histogram
  readonly #useTime: Histogram

  constructor(meter: Meter) {
    this.#createTime = createHistogram(meter, durationMetrics.createTime)
    this.#waitTime = createHistogram(meter, durationMetrics.waitTime)
    this.#useTime = createHistogram(meter, durationMetrics.useTime)
  }

  /** Listens to a pool; gives back how to end that. */
  join(name: string, { monitor }: WatchedPool): () => void {
    const attributes: Attributes = { [attributeNames.pool]: name }
    const opened = ({ openMs }: HealthEventOf<'connection:opened'>): void =>
      this.#createTime.record(openMs / 1_000, attributes)
    const leased = ({ waitedMs }: HealthEventOf<'connection:leased'>): void =>
      this.#waitTime.record(waitedMs / 1_000, attributes)
    const released = ({ leasedMs }: HealthEventOf<'connection:released'>): void =>
      this.#useTime.record(leasedMs / 1_000, attributes)
    monitor.on('connection:opened', opened)
    monitor.on('connection:leased', leased).on('connection:released', released)
    return () => {
      monitor.off('connection:opened', opened)
      monitor.off('connection:leased', leased).off('connection:released', released)
    }
  }
}
