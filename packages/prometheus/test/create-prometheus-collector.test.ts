import { OptionsError } from '@hale/core'
import { AggregatorRegistry, Gauge, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createPrometheusCollector } from '../src/index.ts'
import { faultKinds, recycleCauses } from '../src/label-values.ts'
import { poolMetrics } from '../src/pool-metrics.ts'
import { readScrape, sampleOf } from './scraped.ts'
import { createManager, createPool, durations } from './watched-world.ts'

function problemsOf(pools: unknown, options: unknown): readonly string[] {
  try {
    createPrometheusCollector(pools as never, options as never).stop()
  } catch (error) {
    if (error instanceof OptionsError) return error.problems.map(({ option }) => option)
    throw error
  }
  return []
}

describe('createPrometheusCollector', () => {
  it('prints what the snapshot says, as a parser reads it', async () => {
    const register = new Registry()
    const pool = createPool({
      counts: { max: 20, idle: 3, leased: 4, closing: 1, waiting: 7 },
      totals: { leases: 900, acquireTimeouts: 5 },
      durations: { failures: { lock_timeout: durations([0, 2]) } },
      server: { isBreakerOpen: true, replicationLagMs: 1_500, role: 'standby' },
    })
    createPrometheusCollector({ orders: pool }, { register })
    const samples = readScrape(await register.metrics())
    const read = (name: string, labels = {}) =>
      sampleOf(samples, `hale_pool_${name}`, { pool: 'orders', ...labels })
    expect(read('connections', { state: 'leased' })).toBe(4)
    expect(read('connections', { state: 'closing' })).toBe(1)
    expect(read('connections_max')).toBe(20)
    expect(read('connections_min')).toBe(2)
    expect(read('waiting_callers')).toBe(7)
    expect(read('leases_total')).toBe(900)
    expect(read('acquire_timeouts_total')).toBe(5)
    expect(read('statement_failures_total', { kind: 'lock_timeout' })).toBe(2)
    expect(read('breaker_open')).toBe(1)
    expect(read('server_standby')).toBe(1)
    expect(read('replication_lag_seconds')).toBe(1.5)
  })

  it('adds up the buckets of a histogram, in seconds', async () => {
    const register = new Registry()
    const pool = createPool({ durations: { waits: durations([5, 0, 2], 12.5) } })
    createPrometheusCollector({ orders: pool }, { register })
    const samples = readScrape(await register.metrics())
    const upTo = (le: string) => sampleOf(samples, 'hale_pool_acquire_wait_seconds_bucket', { le })
    expect(['0.00025', '0.0005', '0.001', '30', '+Inf'].map(upTo)).toEqual([5, 5, 7, 7, 7])
    expect(sampleOf(samples, 'hale_pool_acquire_wait_seconds_sum')).toBe(0.0125)
    expect(sampleOf(samples, 'hale_pool_acquire_wait_seconds_count')).toBe(7)
  })

  it('counts connections by status and open issues by type and severity', async () => {
    const register = new Registry()
    const statuses = ['healthy', 'healthy', 'unhealthy'] as const
    const issue = { type: 'connection_leak', severity: 'warning' }
    const pool = createPool({
      connections: statuses.map((status, at) => ({ connectionId: at, assessment: { status } })),
      issues: [issue, issue, { ...issue, severity: 'critical' }] as never,
    })
    createPrometheusCollector({ orders: pool }, { register })
    const samples = readScrape(await register.metrics())
    const assessed = samples.get('hale_pool_connections_assessed') ?? []
    expect(assessed.map(({ labels, value }) => `${labels['status']} ${value}`)).toEqual([
      'healthy 2',
      'degraded 0',
      'unhealthy 1',
      'unknown 0',
    ])
    const issues = samples.get('hale_pool_issues') ?? []
    expect(issues.map(({ labels, value }) => `${labels['severity']} ${value}`)).toEqual([
      'warning 2',
      'critical 1',
    ])
  })

  it('has every cause and every kind from the start, so that rates see the first one', async () => {
    const register = new Registry()
    createPrometheusCollector(createPool(), { register })
    const samples = readScrape(await register.metrics())
    expect(samples.get('hale_pool_recycles_total')).toHaveLength(recycleCauses.length)
    expect(samples.get('hale_pool_statement_failures_total')).toHaveLength(faultKinds.length)
    expect(sampleOf(samples, 'hale_pool_acquire_timeouts_total')).toBe(0)
  })

  it('says nothing of a server of which nothing is known', async () => {
    const register = new Registry()
    createPrometheusCollector(createPool(), { register })
    const samples = readScrape(await register.metrics())
    expect(samples.has('hale_pool_server_standby')).toBe(false)
    expect(samples.has('hale_pool_replication_lag_seconds')).toBe(false)
    expect(samples.has('hale_pool_server_connections_max')).toBe(false)
  })

  it('reads each pool once a scrape, and never else', async () => {
    const register = new Registry()
    const pools = { orders: createPool(), stock: createPool() }
    createPrometheusCollector(pools, { register })
    expect(pools.orders.snapshots).toBe(0)
    await register.metrics()
    await register.metrics()
    expect(pools.orders.snapshots).toBe(2)
    expect(pools.stock.snapshots).toBe(2)
  })

  it('follows pools that come and go', async () => {
    const register = new Registry()
    const manager = createManager()
    createPrometheusCollector(manager, { register })
    manager.register('acme', createPool())
    const names = async () =>
      readScrape(await register.metrics())
        .get('hale_pool_connections_max')
        ?.map(({ labels }) => labels['pool'])
    expect(await names()).toEqual(['acme'])
    manager.register('globex', createPool())
    manager.deregister('acme')
    expect(await names()).toEqual(['globex'])
  })

  it('lets pools have any name', async () => {
    const register = new Registry()
    const name = 'a "b"\n\\c\r{le="1"} 2 # é\u{1f600}'
    createPrometheusCollector({ [name]: createPool() }, { register })
    const samples = readScrape(await register.metrics())
    expect(sampleOf(samples, 'hale_pool_connections_max', { pool: name })).toBe(10)
  })

  it('has no more series for whatever happens than there are label values', async () => {
    const register = new Registry()
    const types = ['blocked', 'blocking', 'deadlocks', 'flapping']
    const all = types.flatMap((type) =>
      ['info', 'warning', 'critical'].map((severity) => ({ type, severity })),
    )
    const pool = createPool({
      connections: Array.from({ length: 10_000 }, (_, connectionId) => {
        return { connectionId, assessment: { status: 'unknown' as const } }
      }),
      issues: Array.from({ length: 1_000 }, () => all).flat() as never,
      durations: {
        failures: Object.fromEntries(
          ['made up', ...faultKinds].map((kind) => [kind, durations([1])]),
        ),
      },
      totals: { recycles: { 'made up': 1, lost: 3 } as never },
    })
    createPrometheusCollector({ orders: pool }, { register })
    const samples = readScrape(await register.metrics())
    const series = [...samples.values()].reduce((total, { length }) => total + length, 0)
    const quiet = new Registry()
    createPrometheusCollector({ orders: createPool() }, { register: quiet })
    const ofQuiet = [...readScrape(await quiet.metrics()).values()]
    expect(series).toBe(ofQuiet.reduce((total, { length }) => total + length, 0) + all.length)
    expect(series).toBeLessThan(200)
  })
})

describe('the options of a collector', () => {
  it('refuses a second collector on one registry, which another prefix or a stop makes possible', () => {
    const register = new Registry()
    const first = createPrometheusCollector(createPool(), { register })
    expect(problemsOf(createPool(), { register })).toEqual(['register'])
    expect(problemsOf(createPool(), { register, prefix: 'other_' })).toEqual([])
    first.stop()
    expect(problemsOf(createPool(), { register })).toEqual([])
  })

  it('names every problem at once', () => {
    const options = { prefix: '7 up', exemplars: 1, register: {}, prefx: 'x' }
    expect(problemsOf(createPool(), options).toSorted()).toEqual(
      ['exemplars', 'prefix', 'prefx', 'register'].toSorted(),
    )
    expect(problemsOf(createPool(), null)).toEqual(['options'])
    const hostile = {
      get register() {
        throw new Error('mine')
      },
    }
    expect(problemsOf(createPool(), hostile)).toEqual(['register'])
  })

  it('registers nothing when the pools are none', async () => {
    const register = new Registry()
    expect(problemsOf('postgres://ann:hush@db/x', { register })).toEqual(['pools'])
    expect(register.getMetricsAsArray()).toEqual([])
  })
})

describe('a registry of prom-client', () => {
  it('prints OpenMetrics, and the text format again afterwards', async () => {
    const register = new Registry()
    createPrometheusCollector({ orders: createPool() }, { register })
    const before = await register.metrics()
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
    const text = await register.metrics()
    expect(text).toContain(
      '# TYPE hale_pool_leases counter\nhale_pool_leases_total{pool="orders"} 0',
    )
    expect(text).not.toContain('_total_total')
    expect(text.endsWith('\n# EOF\n')).toBe(true)
    register.setContentType(Registry.PROMETHEUS_CONTENT_TYPE)
    expect(await register.metrics()).toBe(before)
  })

  it('prints one metric by itself', async () => {
    const register = new Registry()
    createPrometheusCollector({ orders: createPool() }, { register })
    const name = 'hale_pool_leases_total'
    expect(await register.getSingleMetricAsString(name)).toContain(`${name}{pool="orders"} 0`)
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
    expect(await register.getSingleMetricAsString(name)).toContain(`\n${name}{pool="orders"} 0`)
  })

  it('resets what counts for itself and leaves what is the pool’s', async () => {
    const register = new Registry()
    createPrometheusCollector(createPool({ totals: { leases: 9 } }), { register })
    register.resetMetrics()
    expect(sampleOf(readScrape(await register.metrics()), 'hale_pool_leases_total')).toBe(9)
  })

  it('may be cleared: what has taken the names since is left alone by `stop`', async () => {
    const register = new Registry()
    const collector = createPrometheusCollector(createPool(), { register })
    register.clear()
    const registers = [register]
    const other = new Gauge({ name: 'hale_pool_connections_max', help: 'Other.', registers })
    collector.stop()
    expect(register.getSingleMetric('hale_pool_connections_max')).toBe(other)
  })

  it('has none of its metrics after `stop`, and the pools no listener', async () => {
    const register = new Registry()
    const pool = createPool()
    const collector = createPrometheusCollector(pool, { register, exemplars: () => undefined })
    expect(pool.monitor.hears('connection:leased')).toBe(true)
    collector.stop()
    collector.stop()
    expect(register.getMetricsAsArray()).toEqual([])
    expect(pool.monitor.hears('connection:leased')).toBe(false)
  })

  it('is merged with others', async () => {
    const [one, two] = [new Registry(), new Registry()]
    createPrometheusCollector({ orders: createPool() }, { register: one })
    createPrometheusCollector({ stock: createPool() }, { register: two, prefix: 'two_' })
    const samples = readScrape(await Registry.merge([one, two]).metrics())
    expect(sampleOf(samples, 'hale_pool_connections_max', { pool: 'orders' })).toBe(10)
    expect(sampleOf(samples, 'two_pool_connections_max', { pool: 'stock' })).toBe(10)
  })

  it('is added up over processes, where adding up makes sense', async () => {
    const register = new Registry()
    const server = { isBreakerOpen: true, replicationLagMs: 2_000 }
    const waits = durations([3], 1)
    const pool = createPool({ counts: { waiting: 2 }, server, durations: { waits } })
    createPrometheusCollector({ orders: pool }, { register })
    const ofOne = await register.getMetricsAsJSON()
    const ofOther = structuredClone(ofOne)
    const text = await AggregatorRegistry.aggregate([ofOne, ofOther]).metrics()
    const samples = readScrape(text)
    expect(sampleOf(samples, 'hale_pool_waiting_callers')).toBe(4)
    expect(sampleOf(samples, 'hale_pool_acquire_wait_seconds_count')).toBe(6)
    expect(sampleOf(samples, 'hale_pool_replication_lag_seconds')).toBe(2)
    expect(sampleOf(samples, 'hale_pool_breaker_open')).toBe(1)
  })

  it('adds labels of its own', async () => {
    const register = new Registry()
    register.setDefaultLabels({ app: 'shop', pool: 'not this' })
    createPrometheusCollector({ orders: createPool() }, { register })
    const samples = readScrape(await register.metrics())
    const labels = { app: 'shop', pool: 'orders' }
    expect(sampleOf(samples, 'hale_pool_connections_max', labels)).toBe(10)
  })
})

describe('the metrics', () => {
  it('have names of their own and help that explains', () => {
    const names = poolMetrics.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { help } of poolMetrics) expect(help).toMatch(/^[A-Z0-9].*\.$/)
  })
})
