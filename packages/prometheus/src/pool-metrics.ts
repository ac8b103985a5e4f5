import { durationMetrics } from './duration-metrics.ts'
import { numberMetrics } from './number-metrics.ts'
import type { PoolMetric } from './pool-metric.ts'

/** Every metric of a pool, in the order in which they are printed. */
export const poolMetrics: readonly PoolMetric[] = [...numberMetrics, ...durationMetrics]
