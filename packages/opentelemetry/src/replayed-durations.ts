import type { DurationCounts, HealthEventOf, WatchedPool, WatchedSnapshot } from '@hale/core'
import type { Attributes, Histogram, Meter } from '@opentelemetry/api'
import { createHistogram } from './create-histogram.ts'
import { DurationReader } from './duration-reader.ts'
import { type DurationMetric, durationMetrics } from './pool-metrics.ts'
import { durationsSince, spreadDurations } from './spread-durations.ts'

/** How often sweeps bring over what was counted: a collection has never more than that to do. */
const intervalMs = 1_000

/** What is brought over from one pool. */
export interface Replay {
  /** Records what was counted since the last time. */
  catchUp(snapshot: WatchedSnapshot): void
  /** Records the rest. */
  stop(): void
}

/**
 * Records probes and statements from what the pool has counted, as no event tells of single ones: every second,
 * and when metrics are collected. Their number, their sum and the advised buckets are exact; the smallest and the largest are
 * as near as the pool's buckets are fine.
 */
export class ReplayedDurations {
  readonly #histograms = new Map<DurationMetric, Histogram>()
  readonly #operationDuration: boolean

  constructor(meter: Meter, operationDuration: boolean) {
    this.#operationDuration = operationDuration
    const { probeTime, operationDuration: statements } = durationMetrics
    for (const metric of operationDuration ? [probeTime, statements] : [probeTime]) {
      this.#histograms.set(metric, createHistogram(meter, metric))
    }
  }

  /** Follows a pool from now on. */
  join(name: string, pool: WatchedPool): Replay {
    const reader = new DurationReader(name, pool, this.#operationDuration)
    const told = new Map<Attributes, DurationCounts>()
    for (const { attributes, counts } of reader.read(pool.snapshot().durations)) {
      told.set(attributes, counts)
    }
    const catchUp = ({ durations }: WatchedSnapshot): void => {
      for (const { metric, attributes, counts } of reader.read(durations)) {
        this.#replay(metric, durationsSince(told.get(attributes), counts), attributes)
        told.set(attributes, counts)
      }
    }
    let latestAt = Number.NEGATIVE_INFINITY
    const swept = ({ at }: HealthEventOf<'sweep:finished'>): void => {
      if (at - latestAt < intervalMs) return
      latestAt = at
      catchUp(pool.snapshot())
    }
    pool.monitor.on('sweep:finished', swept)
    const stop = (): void => {
      pool.monitor.off('sweep:finished', swept)
      catchUp(pool.snapshot())
    }
    return { catchUp, stop }
  }

  #replay(metric: DurationMetric, counts: DurationCounts, attributes: Attributes): void {
    const histogram = this.#histograms.get(metric)
    if (histogram === undefined || counts.count === 0) return
    for (const { count, durationMs } of spreadDurations(counts)) {
      const seconds = durationMs / 1_000
      for (let left = count; left > 0; left -= 1) histogram.record(seconds, attributes)
    }
  }
}
