import { createNoopMeter, metrics } from '@opentelemetry/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMetricProducer, createOpenTelemetryMetrics } from '../src/index.ts'
import { FakePool } from './fake-pool.ts'
import { MetricsWorld } from './metrics-world.ts'

afterEach(() => metrics.disable())

describe('createOpenTelemetryMetrics', () => {
  it('takes the global meter provider unless another is given', async () => {
    const world = new MetricsWorld()
    metrics.setGlobalMeterProvider(world.provider)
    const other = new MetricsWorld()
    createOpenTelemetryMetrics(new FakePool())
    createOpenTelemetryMetrics(new FakePool(), { meterProvider: other.provider })
    await world.collect()
    expect(world.has('db.client.connection.count')).toBe(true)
    await other.collect()
    expect(other.has('db.client.connection.count')).toBe(true)
  })

  it('does no harm without an SDK', () => {
    const pool = new FakePool()
    const handle = createOpenTelemetryMetrics(pool, { operationDuration: true })
    pool.live()
    handle.stop()
    expect(pool.monitor.listenerErrors).toBe(0)
  })

  it('names every wrong option at once', () => {
    const options = { meterProvider: 7, operationDuration: 'yes', spanEvent: true }
    const attempt = (): unknown => createOpenTelemetryMetrics(new FakePool(), options as never)
    expect(attempt).toThrow(/meterProvider: expected a MeterProvider/)
    expect(attempt).toThrow(/operationDuration: expected true or false/)
    expect(attempt).toThrow(/spanEvent: expected a known option, perhaps spanEvents/)
  })

  it('leaves nothing behind when the pools are wrong', () => {
    const meter = createNoopMeter()
    const addCallback = vi.spyOn(meter, 'addBatchObservableCallback')
    const pools = { orders: new FakePool(), reports: 7 }
    const options = { meterProvider: { getMeter: () => meter } }
    expect(() => createOpenTelemetryMetrics(pools as never, options)).toThrow(/pools.reports/)
    expect(pools.orders.monitor.eventNames()).toEqual([])
    expect(addCallback).not.toHaveBeenCalled()
  })
})

describe('createMetricProducer', () => {
  it('names every wrong option at once', () => {
    const options = { operationDuration: 1, spanEvents: false }
    const attempt = (): unknown => createMetricProducer(new FakePool(), options as never)
    expect(attempt).toThrow(/operationDuration: expected true or false/)
    expect(attempt).toThrow(/spanEvents: expected a known option/)
  })
})
