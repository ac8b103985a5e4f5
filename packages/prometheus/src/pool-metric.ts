import type { DurationCounts, WatchedPool, WatchedSnapshot } from '@hale/core'

/** One value, with the labels that it has beside `pool`. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

interface Described {
  /** Without the prefix. */
  readonly name: string
  readonly help: string
  /** Labels beside `pool`. */
  readonly labelNames: readonly string[]
  /** How prom-client's cluster registry joins the values of several processes. */
  readonly aggregator: 'sum' | 'max'
}

/** A number of each pool, read from its snapshot. */
export interface NumberMetric extends Described {
  readonly type: 'counter' | 'gauge'
  read(snapshot: WatchedSnapshot, pool: WatchedPool): readonly Sample[]
}

/** How long something took in each pool, read from its snapshot. */
export interface DurationMetric extends Described {
  readonly type: 'histogram'
  read(snapshot: WatchedSnapshot): DurationCounts
  /** Whether its buckets carry exemplars, where there are any. */
  readonly hasExemplars: boolean
}

export type PoolMetric = NumberMetric | DurationMetric
