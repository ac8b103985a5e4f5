import type { FaultKind } from '@hale/core'
import {
  HealthAwareConnectionManager,
  HealthAwarePool,
  type HealthAwarePoolOptions,
} from '@hale/pg'
import {
  endPools,
  startPostgres,
  type TestPostgres,
  terminateBackend,
  untilLost,
  waitFor,
} from '@hale/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMetricProducer, createOpenTelemetryMetrics, createSpanEvents } from '../src/index.ts'
import { MetricsWorld } from './metrics-world.ts'
import { SpanWorld } from './span-world.ts'

let server: TestPostgres
let spans: SpanWorld
const pools: HealthAwarePool[] = []
beforeAll(async () => {
  server = await startPostgres()
})
beforeEach(() => {
  spans = new SpanWorld()
})
afterEach(async () => {
  spans.close()
  await endPools(pools.splice(0))
})
afterAll(() => server?.stop())

function open(options: HealthAwarePoolOptions = {}): HealthAwarePool {
  const pool = new HealthAwarePool({ connectionString: server.connectionString, ...options })
  pools.push(pool)
  return pool
}

/** A pool that is measured through both doors. */
function openMeasured(options: HealthAwarePoolOptions) {
  const pool = open(options)
  const recorded = new MetricsWorld()
  const meterProvider = recorded.provider
  createOpenTelemetryMetrics({ orders: pool }, { meterProvider, operationDuration: true })
  const producer = createMetricProducer({ orders: pool }, { operationDuration: true })
  const produced = new MetricsWorld({ metricProducers: [producer] })
  return { pool, worlds: { recorded, produced } }
}

const durationNames = [
  'db.client.connection.create_time',
  'db.client.connection.wait_time',
  'db.client.connection.use_time',
  'hale.connection.probe_time',
  'db.client.operation.duration',
]

describe('the metrics of a real pool', () => {
  it('are the same through both doors', async () => {
    const { pool, worlds } = openMeasured({ max: 2, health: { bypassWindowMs: 0 } })
    const { recorded, produced } = worlds
    await Promise.all(Array.from({ length: 20 }, (_, nth) => pool.query('select $1::int', [nth])))
    await pool.query('select pg_sleep(0.006)')
    await expect(pool.query('select 1/0')).rejects.toThrow('division by zero')
    await untilFailed(pool, 'invalid_data', 1)
    await recorded.collect()
    await produced.collect()
    for (const name of durationNames) {
      const ofRecorded = recorded.histogram(name)
      const ofProduced = produced.histogram(name)
      expect(ofRecorded.count).toBeGreaterThan(0)
      expect(ofProduced.buckets, name).toEqual(ofRecorded.buckets)
      expect(ofProduced.sum, name).toBeCloseTo(ofRecorded.sum ?? Number.NaN, 6)
    }
    expect(produced.histogram('db.client.operation.duration').count).toBe(21)
    const failed = { 'error.type': 'invalid_data' }
    expect(produced.histogram('db.client.operation.duration', failed).count).toBe(1)
    expect(recorded.histogram('db.client.operation.duration', failed).count).toBe(1)
    expect(produced.series().toSorted()).toEqual(recorded.series().toSorted())
  })

  it('count who waits, who waited in vain, and connections in use', async () => {
    const { pool, worlds } = openMeasured({ max: 1 })
    const client = await pool.connect()
    pool.options.connectionTimeoutMillis = 20
    await expect(pool.connect()).rejects.toMatchObject({ code: 'HALE_ACQUIRE_TIMEOUT' })
    pool.options.connectionTimeoutMillis = 0
    const waiting = pool.connect()
    for (const world of Object.values(worlds)) {
      await world.collect()
      expect(world.value('db.client.connection.timeouts')).toBe(1)
      expect(world.value('db.client.connection.pending_requests')).toBe(1)
      const used = { 'db.client.connection.state': 'used' }
      expect(world.value('db.client.connection.count', used)).toBe(1)
    }
    client.release()
    ;(await waiting).release()
  })

  it('count a connection whose backend was killed', async () => {
    const { pool, worlds } = openMeasured({ max: 1 })
    const processId = await holdAndKill(pool)
    expect(processId).toBeGreaterThan(0)
    for (const world of Object.values(worlds)) {
      await world.collect()
      expect(world.value('hale.connection.recycles', { 'hale.recycle.cause': 'lost' })).toBe(1)
    }
  })

  it('keep two pools of one database apart, and follow a manager', async () => {
    await using manager = new HealthAwareConnectionManager({
      defaults: { connectionString: server.connectionString },
    })
    manager.register('orders', { max: 2 })
    manager.register('reports', { max: 1 })
    const world = new MetricsWorld({ metricProducers: [createMetricProducer(manager)] })
    await manager.pool('orders').query('select 1')
    await world.collect()
    const opened = (pool: string): unknown =>
      world.value('hale.connection.opened', { 'db.client.connection.pool.name': pool })
    expect([opened('orders'), opened('reports')]).toEqual([1, 0])
    await manager.deregister('orders')
    await world.collect()
    expect([opened('orders'), opened('reports')]).toEqual([undefined, 0])
  })

  it('grow no series by what statements say, and repeat none of it', async () => {
    const { pool, worlds } = openMeasured({ max: 2 })
    const { recorded, produced } = worlds
    await expect(pool.query('select nonsense')).rejects.toThrow()
    await untilFailed(pool, 'invalid_statement', 1)
    await recorded.collect()
    await produced.collect()
    const operations = (world: MetricsWorld): readonly string[] =>
      world.series().filter((each) => each.startsWith('db.client.operation.duration'))
    const before = { recorded: operations(recorded), produced: operations(produced) }
    for (let nth = 0; nth < 100; nth += 1) {
      const text = `select ${'x'.repeat(nth)}y${nth} as "s3cret-${nth}" from t${nth} where k = 's3cret'`
      await expect(pool.query(text, [])).rejects.toThrow()
    }
    await untilFailed(pool, 'invalid_statement', 101)
    await recorded.collect()
    await produced.collect()
    expect(operations(recorded)).toEqual(before.recorded)
    expect(operations(produced)).toEqual(before.produced)
    const told = [...recorded.series(), ...produced.series()].join('\n')
    expect(told).not.toMatch(/s3cret|xy|t99/)
    expect(told).not.toContain(server.password)
  })
})

describe('the spans of callers of a real pool', () => {
  it('are told of a wait, and for what', async () => {
    const pool = open({ max: 1 })
    createSpanEvents({ orders: pool })
    const first = await spans.trace(async () => (await pool.connect()).release())
    expect(first).toMatchObject([
      { name: 'hale.connection.waited', attributes: { 'hale.connection.waited_for': 'opening' } },
    ])
    const client = await pool.connect()
    const second = spans.trace(() => pool.query('select 1'))
    client.release()
    expect(await second).toMatchObject([
      { name: 'hale.connection.waited', attributes: { 'hale.connection.waited_for': 'release' } },
    ])
    expect(await spans.trace(() => pool.query('select 1'))).toEqual([])
  })

  it('are told when the connection was verified first', async () => {
    const pool = open({ max: 1, health: { bypassWindowMs: 0 } })
    createSpanEvents({ orders: pool })
    await pool.query('select 1')
    const told = await spans.trace(() => pool.query('select 1'))
    expect(told).toMatchObject([
      { name: 'hale.connection.waited' },
      {
        name: 'hale.connection.verified',
        attributes: { 'hale.connection.rtt_ms': expect.any(Number) },
      },
    ])
  })

  it('are told of a wait in vain', async () => {
    const pool = open({ max: 1 })
    createSpanEvents({ orders: pool })
    const client = await pool.connect()
    pool.options.connectionTimeoutMillis = 20
    const told = await spans.trace(() => pool.connect().catch(() => {}))
    expect(told).toMatchObject([{ name: 'hale.connection.timed_out' }])
    client.release()
  })

  it('are told when the connection is lost in their hands', async () => {
    const pool = open({ max: 1 })
    createSpanEvents({ orders: pool })
    await pool.query('select 1')
    const told = await spans.trace(() => holdAndKill(pool))
    expect(told).toMatchObject([
      { name: 'hale.connection.lost', attributes: { 'hale.recycle.cause': 'lost' } },
    ])
  })
})

/** Lets a caller hold a connection whose backend is killed; resolves when the pool knows and has it back. */
async function holdAndKill(pool: HealthAwarePool): Promise<number> {
  const admin = open({ max: 1 })
  const client = await pool.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const processId = rows[0]?.pid ?? -1
  client.on('error', () => {})
  await terminateBackend(admin, processId)
  await untilLost(pool, processId)
  client.release()
  return processId
}

/** Resolves when that many statements that failed so have been counted, which is after the caller is told. */
async function untilFailed(pool: HealthAwarePool, kind: FaultKind, count: number): Promise<void> {
  await waitFor(() => pool.snapshot().durations.failures[kind]?.count === count)
}
