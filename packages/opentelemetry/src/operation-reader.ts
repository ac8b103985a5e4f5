import type { DurationCounts, PoolDurationsSnapshot, WatchedPool } from '@hale/core'
import type { Attributes } from '@opentelemetry/api'
import { type DurationMetric, durationMetrics, attributeNames as names } from './pool-metrics.ts'

/** Durations that a pool has counted. */
export interface DurationReading {
  readonly metric: DurationMetric
  /** The same object each time. */
  readonly attributes: Attributes
  readonly counts: DurationCounts
}

/** Reads the statements of one pool: those that succeeded, and those that failed by the kind of the fault. */
export class OperationReader {
  readonly #ofSuccess: Attributes
  /** As many as there are kinds of faults, at most. */
  readonly #ofFailure = new Map<string, Attributes>()

  constructor(poolName: string, { target: { database } }: WatchedPool) {
    this.#ofSuccess = {
      [names.system]: 'postgresql',
      ...(database === undefined ? {} : { [names.namespace]: database }),
      [names.pool]: poolName,
    }
  }

  read({ statements, failures }: PoolDurationsSnapshot): readonly DurationReading[] {
    const metric = durationMetrics.operationDuration
    const failed = Object.entries(failures).map(([kind, counts]) => {
      return { metric, attributes: this.#attributesOf(kind), counts }
    })
    return [{ metric, attributes: this.#ofSuccess, counts: statements }, ...failed]
  }

  #attributesOf(kind: string): Attributes {
    let attributes = this.#ofFailure.get(kind)
    if (attributes === undefined) {
      attributes = { ...this.#ofSuccess, [names.errorType]: kind }
      this.#ofFailure.set(kind, attributes)
    }
    return attributes
  }
}
