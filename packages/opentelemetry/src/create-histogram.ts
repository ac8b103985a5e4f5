import type { Histogram, Meter } from '@opentelemetry/api'
import { advisedBoundsMs, type DurationMetric } from './pool-metrics.ts'

/** A histogram of seconds in the buckets that the semantic conventions advise. */
export function createHistogram(meter: Meter, metric: DurationMetric): Histogram {
  const { name, description, unit } = metric
  const explicitBucketBoundaries = advisedBoundsMs.map((boundMs) => boundMs / 1_000)
  return meter.createHistogram(name, { description, unit, advice: { explicitBucketBoundaries } })
}
