import type { DurationCounts, PoolDurationsSnapshot, WatchedPool } from '@hale/core'
import type { Attributes } from '@opentelemetry/api'
import {
  type DurationMetric,
  durationMetrics as metrics,
  attributeNames as names,
} from './pool-metrics.ts'

/** Durations that a pool has counted. */
export interface DurationReading {
  readonly metric: DurationMetric
  /** The same object each time, and another one for each series. */
  readonly attributes: Attributes
  readonly counts: DurationCounts
}

/** Reads the durations of one pool; statements only if they are wanted, by whether they failed and how. */
export class DurationReader {
  readonly #ofPool: ReadonlyMap<DurationMetric, Attributes>
  readonly #ofSuccess: Attributes | undefined
  /** As many as there are kinds of faults, at most. */
  readonly #ofFailure = new Map<string, Attributes>()

  constructor(poolName: string, { target: { database } }: WatchedPool, operationDuration: boolean) {
    const pool = { [names.pool]: poolName }
    this.#ofPool = new Map(Object.values(metrics).map((metric) => [metric, { ...pool }]))
    const namespace = database === undefined ? {} : { [names.namespace]: database }
    this.#ofSuccess = operationDuration
      ? { [names.system]: 'postgresql', ...namespace, ...pool }
      : undefined
  }

  read(durations: PoolDurationsSnapshot): readonly DurationReading[] {
    return [
      this.#of(metrics.createTime, durations.openings),
      this.#of(metrics.waitTime, durations.waits),
      this.#of(metrics.useTime, durations.leases),
      this.#of(metrics.probeTime, durations.probes),
      ...this.#operations(durations),
    ]
  }

  #of(metric: DurationMetric, counts: DurationCounts): DurationReading {
    return { metric, attributes: this.#ofPool.get(metric) ?? {}, counts }
  }

  #operations({ statements, failures }: PoolDurationsSnapshot): readonly DurationReading[] {
    const ofSuccess = this.#ofSuccess
    if (ofSuccess === undefined) return []
    const metric = metrics.operationDuration
    const failed = Object.entries(failures).map(([kind, counts]) => {
      const attributes = this.#ofFailure.get(kind) ?? { ...ofSuccess, [names.errorType]: kind }
      this.#ofFailure.set(kind, attributes)
      return { metric, attributes, counts }
    })
    return [{ metric, attributes: ofSuccess, counts: statements }, ...failed]
  }
}
