import { describe, expect, it, vi } from 'vitest'
import { createMetricProducer, createOpenTelemetryMetrics } from '../src/index.ts'
import { FakeManager } from './fake-pool.ts'
import { MetricsWorld } from './metrics-world.ts'

const reports = { 'db.client.connection.pool.name': 'reports' }

describe('a pool that leaves', () => {
  it('is 0 in all that holds now, as the SDK cannot end a series, and keeps what it counted', async () => {
    const manager = new FakeManager()
    manager.add('orders')
    const world = new MetricsWorld()
    createOpenTelemetryMetrics(manager, { meterProvider: world.provider })
    manager.add('reports')
    await world.collect()
    manager.remove('reports')
    await world.collect()
    await world.collect() // later collections too
    for (const name of ['count', 'idle.max', 'limit', 'max', 'pending_requests']) {
      expect(world.value(`db.client.connection.${name}`, reports)).toBe(0)
    }
    expect(
      world.value('hale.assessment', { ...reports, 'hale.assessment.status': 'healthy' }),
    ).toBe(0)
    expect(world.value('db.client.connection.timeouts', reports)).toBe(5)
    const orders = { 'db.client.connection.pool.name': 'orders' }
    expect(world.value('db.client.connection.max', orders)).toBe(10)
  })

  it('is 0 in the collection after all is stopped, which is the last that looks at anything', async () => {
    const manager = new FakeManager()
    manager.add('reports')
    const world = new MetricsWorld()
    const metrics = createOpenTelemetryMetrics(manager, { meterProvider: world.provider })
    const remove = vi.spyOn(
      world.provider.getMeter('@hale/opentelemetry'),
      'removeBatchObservableCallback',
    )
    await world.collect()
    metrics.stop()
    expect(remove).not.toHaveBeenCalled()
    await world.collect()
    expect(world.value('db.client.connection.limit', reports)).toBe(0)
    expect(remove).toHaveBeenCalledTimes(1)
  })

  it('is not listened to any more', () => {
    const manager = new FakeManager()
    const pool = manager.add('reports')
    const { provider: meterProvider } = new MetricsWorld()
    createOpenTelemetryMetrics(manager, { meterProvider, operationDuration: true })
    expect(pool.monitor.eventNames()).not.toEqual([])
    manager.remove('reports')
    expect(pool.monitor.eventNames()).toEqual([])
  })

  it('is told no more by the producer', async () => {
    const manager = new FakeManager()
    manager.add('orders')
    manager.add('reports')
    const producer = createMetricProducer(manager)
    const world = new MetricsWorld({ metricProducers: [producer] })
    manager.remove('reports')
    await world.collect()
    expect(world.series().filter((each) => each.includes('reports'))).toEqual([])
    expect(world.value('db.client.connection.max')).toBe(10)
  })

  it('leaves nothing behind while nobody collects, however many come and go', async () => {
    const manager = new FakeManager()
    const world = new MetricsWorld()
    createOpenTelemetryMetrics(manager, { meterProvider: world.provider })
    for (let nth = 0; nth < 1_000; nth += 1) {
      manager.add(`tenant-${nth}`)
      manager.remove(`tenant-${nth}`)
    }
    expect(await world.collect()).toEqual([])
  })
})
