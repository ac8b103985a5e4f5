export type {
  CollectedHistogram,
  CollectedMetric,
  CollectedMetrics,
  CollectedPoint,
  EmptyResource,
  WallTime,
} from './collected-metrics.ts'
export { createMetricProducer, type PoolMetricProducer } from './create-metric-producer.ts'
export { createOpenTelemetryMetrics } from './create-open-telemetry-metrics.ts'
export { createSpanEvents } from './create-span-events.ts'
export type { OpenTelemetryMetricsOptions } from './metrics-options.ts'
export type { MetricProducerOptions } from './producer-options.ts'
export type { Stoppable } from './stoppable.ts'
