import { metrics } from '@opentelemetry/api'
import { metrics as metricsOfLowest } from 'opentelemetry-api-1.3'
import * as sdk2 from 'opentelemetry-sdk-metrics-2'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMetricProducer } from '../src/index.ts'
import { FakePool } from './fake-pool.ts'
import { MetricsWorld } from './metrics-world.ts'

describe('with the SDK before the latest', () => {
  it.each(['createOpenTelemetryMetrics', 'createMetricProducer'])(
    '%s exports the same',
    async (door) => {
      const { createOpenTelemetryMetrics } = await import('../src/index.ts')
      const series = async (sdk?: typeof sdk2): Promise<readonly string[]> => {
        const pool = new FakePool()
        const isProducer = door === 'createMetricProducer'
        const producer = createMetricProducer({ orders: pool }, { operationDuration: true })
        const world = new MetricsWorld({ metricProducers: isProducer ? [producer] : [], sdk })
        const options = { meterProvider: world.provider, operationDuration: true }
        if (!isProducer) createOpenTelemetryMetrics({ orders: pool }, options)
        pool.live()
        await world.collect()
        return world.series()
      }
      const ofSdk2 = await series(sdk2)
      expect(ofSdk2.length).toBeGreaterThan(40)
      expect(ofSdk2).toEqual(await series())
    },
  )
})

describe('with the lowest API', () => {
  beforeEach(() => {
    vi.resetModules()
    vi.doMock('@opentelemetry/api', () => import('opentelemetry-api-1.3'))
  })
  afterEach(() => {
    vi.doUnmock('@opentelemetry/api')
    metrics.disable()
  })

  it('finds the SDK that was registered with the latest, and exports through it', async () => {
    const { createOpenTelemetryMetrics } = await import('../src/index.ts')
    const world = new MetricsWorld()
    metrics.setGlobalMeterProvider(world.provider)
    expect(metricsOfLowest.getMeterProvider()).toBe(world.provider)
    const pool = new FakePool()
    createOpenTelemetryMetrics({ orders: pool }, { operationDuration: true })
    pool.live()
    await world.collect()
    expect(world.value('db.client.connection.limit')).toBe(10)
    expect(world.histogram('db.client.connection.wait_time').count).toBe(1)
  })

  it('does no harm without an SDK', async () => {
    const { createOpenTelemetryMetrics } = await import('../src/index.ts')
    const pool = new FakePool()
    const handle = createOpenTelemetryMetrics({ orders: pool }, { operationDuration: true })
    pool.live()
    handle.stop()
    expect(pool.monitor.listenerErrors).toBe(0)
  })
})
