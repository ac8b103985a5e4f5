import type { HealthAwareConnectionManager, HealthAwarePool } from '@hale/pg'
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics'
import type { MetricProducer as MetricProducerOfSdk2 } from 'opentelemetry-sdk-metrics-2'
import { describe, expectTypeOf, it } from 'vitest'
import {
  type CollectedMetrics,
  createMetricProducer,
  createOpenTelemetryMetrics,
  type PoolMetricProducer,
} from '../src/index.ts'

declare const pool: HealthAwarePool
declare const manager: HealthAwareConnectionManager

describe('createMetricProducer', () => {
  it("gives what the SDK's readers take", () => {
    expectTypeOf<PoolMetricProducer>().toExtend<MetricProducer>()
    expectTypeOf<PoolMetricProducer>().toExtend<MetricProducerOfSdk2>()
    expectTypeOf<CollectedMetrics>().toExtend<CollectionResult>()
  })

  it('takes a pool, pools by name and a manager', () => {
    expectTypeOf(createMetricProducer).toBeCallableWith(pool)
    expectTypeOf(createMetricProducer).toBeCallableWith(
      { orders: pool },
      { operationDuration: true },
    )
    expectTypeOf(createOpenTelemetryMetrics).toBeCallableWith(manager)
  })
})
