import type { DurationCounts, HealthEventOf, WatchedPool } from '@hale/core'
import type { Attributes, Histogram, Meter } from '@opentelemetry/api'
import { OperationReader } from './operation-reader.ts'
import { durationMetrics } from './pool-metrics.ts'
import { createHistogram } from './recorded-durations.ts'
import { durationsSince, spreadDurations } from './spread-durations.ts'

/** How often statements are brought over at most; each time takes as long as there were statements. */
const intervalMs = 1_000

/**
 * Records statements a second's worth at a time, from what the pool has counted: no event tells of single
 * ones. Their number, their sum and the advised buckets are exact; smallest and largest are as near as the
 * pool's buckets are fine.
 */
export class ReplayedStatements {
  readonly #histogram: Histogram

  constructor(meter: Meter) {
    this.#histogram = createHistogram(meter, durationMetrics.operationDuration)
  }

  /** Follows a pool from now on; gives back how to end that. */
  join(name: string, pool: WatchedPool): () => void {
    const reader = new OperationReader(name, pool)
    const told = new Map<Attributes, DurationCounts>()
    for (const { attributes, counts } of reader.read(pool.snapshot().durations))
      told.set(attributes, counts)
    const catchUp = (): void => {
      for (const { attributes, counts } of reader.read(pool.snapshot().durations)) {
        this.#replay(durationsSince(told.get(attributes), counts), attributes)
        told.set(attributes, counts)
      }
    }
    let latestAt = Number.NEGATIVE_INFINITY
    const swept = ({ at }: HealthEventOf<'sweep:finished'>): void => {
      if (at - latestAt < intervalMs) return
      latestAt = at
      catchUp()
    }
    pool.monitor.on('sweep:finished', swept)
    return () => {
      pool.monitor.off('sweep:finished', swept)
      catchUp()
    }
  }

  #replay(counts: DurationCounts, attributes: Attributes): void {
    if (counts.count === 0) return
    for (const { count, durationMs } of spreadDurations(counts)) {
      const seconds = durationMs / 1_000
      for (let left = count; left > 0; left -= 1) this.#histogram.record(seconds, attributes)
    }
  }
}
