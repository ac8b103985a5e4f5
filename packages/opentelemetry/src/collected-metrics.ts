import type { Attributes, ValueType } from '@opentelemetry/api'

// The shape of what the SDK's readers take from a MetricProducer, as far as it is data. Written down here, so
// that neither this package nor its types need an SDK; a type test holds it against the SDK's own.

/** Wall time. */
export type WallTime = [seconds: number, nanoseconds: number]

/** One series at an instant. */
export interface CollectedPoint<Value> {
  /** When the pool was seen first. */
  readonly startTime: WallTime
  readonly endTime: WallTime
  readonly attributes: Attributes
  readonly value: Value
}

/** Durations in seconds. */
export interface CollectedHistogram {
  readonly count: number
  readonly sum: number
  readonly buckets: { boundaries: number[]; counts: number[] }
}

interface Collected<DataPointType extends number, Value> {
  readonly descriptor: {
    readonly name: string
    readonly description: string
    readonly unit: string
    readonly valueType: ValueType
  }
  /** Cumulative. */
  readonly aggregationTemporality: 1
  /** 0 is a histogram, 2 a gauge, 3 a sum. */
  readonly dataPointType: DataPointType
  readonly dataPoints: CollectedPoint<Value>[]
}

/** One metric with all of its series. */
export type CollectedMetric =
  | Collected<0, CollectedHistogram>
  | Collected<2, number>
  | (Collected<3, number> & { readonly isMonotonic: boolean })

/** A resource that says nothing; readers take the SDK's in its place. */
export interface EmptyResource {
  readonly attributes: Attributes
  merge(other: EmptyResource | null): EmptyResource
  getRawAttributes(): []
}

/** What a reader gets. */
export interface CollectedMetrics {
  resourceMetrics: {
    resource: EmptyResource
    scopeMetrics: { scope: { readonly name: string }; metrics: CollectedMetric[] }[]
  }
  /** What pools threw when they were asked; all others are there. */
  errors: unknown[]
}
