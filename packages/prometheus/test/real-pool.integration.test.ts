import { AsyncLocalStorage } from 'node:async_hooks'
import { HealthAwareConnectionManager, HealthAwarePool } from '@hale/pg'
import { startPostgres, type TestPostgres, terminateBackend, waitFor } from '@hale/testkit'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPrometheusCollector } from '../src/index.ts'
import { createOpenMetricsRegister } from './open-metrics-register.ts'
import { readScrape, sampleOf } from './scraped.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

describe('a collector on a real pool', () => {
  it('agrees with the snapshot after statements, a failure, a wait and a lost backend', async () => {
    const { connectionString } = postgres
    await using pool = new HealthAwarePool({ connectionString, max: 1 })
    const register = new Registry()
    using _collector = createPrometheusCollector({ orders: pool }, { register })
    await Promise.all([pool.query('select 1'), pool.query('select 2')])
    await expect(pool.query('select 1 / 0')).rejects.toThrow('division by zero')
    const { rows } = await pool.query('select pg_backend_pid() as pid')
    await using admin = new HealthAwarePool({ connectionString })
    await terminateBackend(admin, rows[0].pid)
    await waitFor(() => pool.snapshot().totals.recycles.lost === 1)
    await pool.query('select 3')

    const snapshot = pool.snapshot()
    const samples = readScrape(await register.metrics())
    const read = (name: string, labels = {}) => sampleOf(samples, `hale_pool_${name}`, labels)
    expect(read('connections', { state: 'idle' })).toBe(1)
    expect(read('connections_max')).toBe(1)
    expect(read('leases_total')).toBe(snapshot.totals.leases)
    expect(read('connections_opened_total')).toBe(2)
    expect(read('recycles_total', { cause: 'lost' })).toBe(1)
    expect(read('statement_seconds_count')).toBe(snapshot.durations.statements.count)
    expect(read('statement_failures_total', { kind: 'invalid_data' })).toBe(1)
    expect(read('acquire_wait_seconds_sum')).toBe(snapshot.durations.waits.sumMs / 1_000)
    expect(read('lease_seconds_count')).toBe(5)
  })

  it('has an exemplar of who waited, in whose context it was asked', async () => {
    const { connectionString } = postgres
    await using pool = new HealthAwarePool({ connectionString, max: 1 })
    const register = createOpenMetricsRegister()
    const trace = new AsyncLocalStorage<string>()
    const exemplars = () => {
      const id = trace.getStore()
      return id === undefined ? undefined : { trace_id: id }
    }
    using _collector = createPrometheusCollector({ orders: pool }, { register, exemplars })
    const holder = await trace.run('holder', () => pool.connect())
    const waiting = trace.run('waiter', () => pool.query('select 1'))
    trace.run('releaser', () => holder.release())
    await waiting
    expect(await register.metrics()).toContain('# {trace_id="waiter"}')
    expect(await register.metrics()).not.toContain('releaser')
  })

  it('follows a manager, and forgets a pool that it lets go', async () => {
    await using manager = new HealthAwareConnectionManager()
    const register = new Registry()
    using _collector = createPrometheusCollector(manager, { register })
    const { connectionString } = postgres
    manager.register('acme', { connectionString })
    manager.register('globex', { connectionString })
    await manager.deregister('acme')
    const samples = readScrape(await register.metrics())
    const names = samples.get('hale_pool_connections_max')?.map(({ labels }) => labels['pool'])
    expect(names).toEqual(['globex'])
  })

  it('names a pool after where it leads, without user and password, and tells nothing of statements', async () => {
    await using pool = new HealthAwarePool({ connectionString: postgres.connectionString })
    const register = new Registry()
    using _collector = createPrometheusCollector(pool, { register })
    await expect(pool.query(`select 'hush' / 0`)).rejects.toThrow()
    const { hostname, port, pathname, password } = new URL(postgres.connectionString)
    const text = await register.metrics()
    expect(text).toContain(`pool="${hostname}:${port}${pathname}"`)
    expect(text).not.toMatch(/hush|select/)
    if (password !== '') expect(text).not.toContain(password)
  })
})
