import { createNoopMeter } from '@opentelemetry/api'
import { describe, expect, it, vi } from 'vitest'
import { createMetricProducer, createOpenTelemetryMetrics } from '../src/index.ts'
import { durations, FakePool } from './fake-pool.ts'
import { MetricsWorld } from './metrics-world.ts'

describe('createOpenTelemetryMetrics', () => {
  it('records durations in seconds as they come', async () => {
    const pool = new FakePool()
    const world = new MetricsWorld()
    createOpenTelemetryMetrics({ orders: pool }, { meterProvider: world.provider })
    pool.live()
    await world.collect()
    expect(world.histogram('db.client.connection.create_time')).toMatchObject({
      count: 1,
      sum: 0.0075,
    })
    expect(world.histogram('db.client.connection.wait_time')).toMatchObject({ count: 1, sum: 0.04 })
    expect(world.histogram('db.client.connection.use_time')).toMatchObject({ count: 1, sum: 0.002 })
    expect(world.histogram('hale.connection.probe_time')).toMatchObject({
      count: 1,
      sum: expect.closeTo(0.0002, 9),
    })
  })

  it('measures statements only when asked to', async () => {
    const pool = new FakePool()
    const world = new MetricsWorld()
    createOpenTelemetryMetrics({ orders: pool }, { meterProvider: world.provider })
    pool.live()
    await world.collect()
    expect(world.has('db.client.operation.duration')).toBe(false)
  })

  it('measures statements that come from now on, by the buckets that the pool counted them in', async () => {
    const pool = new FakePool()
    const world = new MetricsWorld()
    const options = { meterProvider: world.provider, operationDuration: true }
    createOpenTelemetryMetrics({ orders: pool }, options)
    pool.live() // ten more of 0.5 to 1 ms, which took 10 ms together
    await world.collect()
    const { count, sum, buckets } = world.histogram('db.client.operation.duration')
    expect(count).toBe(10)
    expect(sum).toBeCloseTo(0.01, 9)
    expect(buckets.counts).toEqual([10, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    const error = { 'error.type': 'constraint_violation' }
    expect(world.histogram('db.client.operation.duration', error)).toMatchObject({ count: 1 })
  })

  it('brings statements over with each collection, and the rest when it stops', async () => {
    const pool = new FakePool()
    const world = new MetricsWorld()
    const options = { meterProvider: world.provider, operationDuration: true }
    const metrics = createOpenTelemetryMetrics({ orders: pool }, options)
    const counted = async (): Promise<number> => {
      await world.collect()
      return world.histogram('db.client.operation.duration').count
    }
    run(pool, 1)
    expect(await counted()).toBe(1)
    run(pool, 2)
    expect(await counted()).toBe(3)
    run(pool, 3)
    metrics.stop()
    expect(await counted()).toBe(6)
  })

  it('brings statements over once a second, so that a collection has little to do', () => {
    const pool = new FakePool()
    const record = vi.fn()
    const meter = createNoopMeter()
    meter.createHistogram = () => ({ record })
    const options = { meterProvider: { getMeter: () => meter }, operationDuration: true }
    createOpenTelemetryMetrics({ orders: pool }, options)
    const sweep = (at: number): void => {
      pool.monitor.publish({ type: 'sweep:finished', at, connections: 5, tookMs: 0.1 })
    }
    run(pool, 1)
    sweep(1_000)
    expect(record).toHaveBeenCalledTimes(1)
    run(pool, 1)
    sweep(1_999)
    expect(record).toHaveBeenCalledTimes(1)
    sweep(2_000)
    expect(record).toHaveBeenCalledTimes(2)
  })
})

/** Has the pool count so many more statements, of 1 ms each. */
function run(pool: FakePool, statements: number): void {
  const { durations: earlier } = pool.current
  const { count, sumMs } = earlier.statements
  const later = durations({ 2: count - 1 + statements, 16: 1 }, sumMs + statements)
  pool.set({ durations: { ...earlier, statements: later } })
}

describe('createMetricProducer', () => {
  it('tells what the pool has counted, merged into the advised buckets', async () => {
    const producer = createMetricProducer({ orders: new FakePool() }, { operationDuration: true })
    const world = new MetricsWorld({ metricProducers: [producer] })
    await world.collect()
    expect(world.histogram('db.client.connection.wait_time')).toEqual({
      count: 100,
      sum: 0.04,
      buckets: {
        boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
        counts: [90, 10, 0, 0, 0, 0, 0, 0, 0, 0],
      },
    })
    expect(world.histogram('db.client.operation.duration').buckets.counts).toEqual([
      50, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    ])
  })

  it('counts from when a pool was seen first', async () => {
    const before = Date.now()
    const producer = createMetricProducer({ orders: new FakePool() })
    const world = new MetricsWorld({ metricProducers: [producer] })
    await world.collect()
    const [first] = world.points('db.client.connection.timeouts')
    await world.collect()
    const [second] = world.points('db.client.connection.timeouts')
    const toMs = ([seconds, nanoseconds] = [0, 0]): number => seconds * 1_000 + nanoseconds / 1e6
    expect(second?.startTime).toEqual(first?.startTime)
    expect(toMs(first?.startTime)).toBeGreaterThanOrEqual(before)
    expect(toMs(second?.endTime)).toBeLessThanOrEqual(Date.now())
  })

  it('tells of the other pools when one throws, and what it threw', async () => {
    const broken = new FakePool()
    const error = new Error('no snapshot')
    broken.snapshot = () => {
      throw error
    }
    const producer = createMetricProducer({ broken, orders: new FakePool() })
    const { resourceMetrics, errors } = await producer.collect()
    expect(errors).toEqual([error])
    const told = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes)),
    )
    const names = told.flat().map((attributes) => attributes['db.client.connection.pool.name'])
    expect(new Set(names)).toEqual(new Set(['orders']))
  })

  it('costs nothing per query: it listens to nothing', () => {
    const pool = new FakePool()
    createMetricProducer({ orders: pool }, { operationDuration: true })
    expect(pool.monitor.eventNames()).toEqual([])
  })
})
