import type { HealthEventOf, WatchedPool } from '@hale/core'
import type { Attributes, Histogram, Meter } from '@opentelemetry/api'
import {
  advisedBoundsMs,
  attributeNames,
  type DurationMetric,
  durationMetrics,
} from './pool-metrics.ts'

/** Records what events tell of durations as it happens: two records per lease. */
export class RecordedDurations {
  readonly #createTime: Histogram
  readonly #waitTime: Histogram
  readonly #useTime: Histogram
  readonly #probeTime: Histogram

  constructor(meter: Meter) {
    this.#createTime = createHistogram(meter, durationMetrics.createTime)
    this.#waitTime = createHistogram(meter, durationMetrics.waitTime)
    this.#useTime = createHistogram(meter, durationMetrics.useTime)
    this.#probeTime = createHistogram(meter, durationMetrics.probeTime)
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
    const probed = ({ rttMs }: HealthEventOf<'connection:probed'>): void => {
      if (rttMs !== undefined) this.#probeTime.record(rttMs / 1_000, attributes)
    }
    monitor.on('connection:opened', opened).on('connection:leased', leased)
    monitor.on('connection:released', released).on('connection:probed', probed)
    return () => {
      monitor.off('connection:opened', opened).off('connection:leased', leased)
      monitor.off('connection:released', released).off('connection:probed', probed)
    }
  }
}

/** Histogram in the buckets that the semantic conventions advise. */
export function createHistogram(
  meter: Meter,
  { name, description, unit }: DurationMetric,
): Histogram {
  const explicitBucketBoundaries = advisedBoundsMs.map((boundMs) => boundMs / 1_000)
  return meter.createHistogram(name, { description, unit, advice: { explicitBucketBoundaries } })
}
