import { type WatchedPools, watchPools } from '@hale/core'
import { ValueType } from '@opentelemetry/api'
import type { CollectedMetric, CollectedMetrics, EmptyResource } from './collected-metrics.ts'
import { CollectedPool, type Points } from './collected-pool.ts'
import { type PoolMetric, scopeName } from './pool-metrics.ts'
import { type MetricProducerOptions, resolveProducerOptions } from './producer-options.ts'
import type { Stoppable } from './stoppable.ts'

/** A `MetricProducer` of the SDK, for `metricProducers` of a reader. */
export interface PoolMetricProducer extends Stoppable {
  /** What the pools have measured until now. Never rejects. */
  collect(): Promise<CollectedMetrics>
}

/**
 * Hands a reader of the SDK what pools have measured by themselves, by the names of the semantic conventions:
 * the metrics of `createOpenTelemetryMetrics`, at no cost per query. The data is cumulative whatever the
 * reader prefers, and counts since a pool began. A pool that leaves is told no more.
 *
 * @throws {OptionsError} that names what is wrong with the options, or `pools` when nothing can be watched
 */
export function createMetricProducer(
  pools: WatchedPools,
  options: MetricProducerOptions = {},
): PoolMetricProducer {
  const { operationDuration } = resolveProducerOptions(options)
  const present = new Set<CollectedPool>()
  const watch = watchPools(pools, (name, pool) => {
    const collected = new CollectedPool(name, pool, operationDuration)
    present.add(collected)
    return () => present.delete(collected)
  })
  return {
    collect: async () => collect(present),
    stop: () => watch.stop(),
    [Symbol.dispose]: () => watch.stop(),
  }
}

function collect(pools: Iterable<CollectedPool>): CollectedMetrics {
  const points: Points = { numbers: new Map(), durations: new Map() }
  const errors: unknown[] = []
  for (const pool of pools) {
    try {
      pool.addTo(points)
    } catch (error) {
      errors.push(error) // a rejection would cost the reader everything else it collects
    }
  }
  const metrics = [...toMetrics(points)]
  const scopeMetrics = metrics.length === 0 ? [] : [{ scope: { name: scopeName }, metrics }]
  return { resourceMetrics: { resource: noResource, scopeMetrics }, errors }
}

function* toMetrics({ numbers, durations }: Points): Iterable<CollectedMetric> {
  for (const [metric, dataPoints] of numbers) {
    const isMonotonic = metric.kind === 'counter'
    const collected = {
      descriptor: toDescriptor(metric),
      aggregationTemporality: 1,
      dataPoints,
    } as const
    if (metric.kind === 'gauge') yield { ...collected, dataPointType: 2 }
    else yield { ...collected, dataPointType: 3, isMonotonic }
  }
  for (const [metric, dataPoints] of durations) {
    yield {
      descriptor: toDescriptor(metric),
      aggregationTemporality: 1,
      dataPointType: 0,
      dataPoints,
    }
  }
}

function toDescriptor({ name, description, unit }: PoolMetric): CollectedMetric['descriptor'] {
  return { name, description, unit, valueType: unit === 's' ? ValueType.DOUBLE : ValueType.INT }
}

const noResource: EmptyResource = {
  attributes: {},
  merge: (other) => other ?? noResource,
  getRawAttributes: () => [],
}
