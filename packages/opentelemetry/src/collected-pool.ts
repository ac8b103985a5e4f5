import type { DurationCounts, WatchedPool } from '@hale/core'
import type { CollectedHistogram, CollectedPoint, WallTime } from './collected-metrics.ts'
import { DurationReader } from './duration-reader.ts'
import { mergeBuckets } from './merge-buckets.ts'
import { advisedBoundsMs, type DurationMetric, type NumberMetric } from './pool-metrics.ts'
import { PoolReader } from './pool-reader.ts'

/** The points of all pools, by metric. */
export interface Points {
  readonly numbers: Map<NumberMetric, CollectedPoint<number>[]>
  readonly durations: Map<DurationMetric, CollectedPoint<CollectedHistogram>[]>
}

/** Turns snapshots of one pool into points. */
export class CollectedPool {
  readonly #pool: WatchedPool
  readonly #startTime: WallTime = wallTime()
  readonly #numbers: PoolReader
  readonly #durations: DurationReader

  constructor(name: string, pool: WatchedPool, operationDuration: boolean) {
    this.#pool = pool
    this.#numbers = new PoolReader(name, pool)
    this.#durations = new DurationReader(name, pool, operationDuration)
  }

  /** Adds the points of this instant. */
  addTo({ numbers, durations }: Points): void {
    const snapshot = this.#pool.snapshot()
    const startTime = this.#startTime
    const endTime = wallTime()
    for (const { metric, value, attributes } of this.#numbers.read(snapshot)) {
      add(numbers, metric, { startTime, endTime, attributes, value })
    }
    for (const { metric, counts, attributes } of this.#durations.read(snapshot.durations)) {
      add(durations, metric, { startTime, endTime, attributes, value: toHistogram(counts) })
    }
  }
}

function add<Metric, Point>(points: Map<Metric, Point[]>, metric: Metric, point: Point): void {
  const known = points.get(metric)
  if (known === undefined) points.set(metric, [point])
  else known.push(point)
}

function toHistogram({ count, sumMs, buckets }: DurationCounts): CollectedHistogram {
  const boundaries = advisedBoundsMs.map((boundMs) => boundMs / 1_000)
  return { count, sum: sumMs / 1_000, buckets: { boundaries, counts: mergeBuckets(buckets) } }
}

function wallTime(): WallTime {
  const nowMs = Date.now()
  return [Math.floor(nowMs / 1_000), (nowMs % 1_000) * 1_000_000]
}
