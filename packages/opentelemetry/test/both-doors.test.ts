import type { ConnectionIssue } from '@hale/core'
import { describe, expect, it } from 'vitest'
import { createOpenTelemetryMetrics } from '../src/index.ts'
import { doors } from './doors.ts'
import { FakeManager, FakePool } from './fake-pool.ts'

describe.each(doors)('$door', ({ open }) => {
  it('tells the numbers of a pool', async () => {
    const { world } = open({ orders: new FakePool() })
    await world.collect()
    const count = 'db.client.connection.count'
    expect(world.value(count, { 'db.client.connection.state': 'idle' })).toBe(3) // 2 idle, 1 probing
    expect(world.value(count, { 'db.client.connection.state': 'used' })).toBe(4) // 3 leased, 1 cleaning
    expect(world.value('db.client.connection.idle.max')).toBe(10)
    expect(world.value('db.client.connection.idle.min')).toBe(2)
    expect(world.value('db.client.connection.limit')).toBe(10)
    expect(world.value('db.client.connection.max')).toBe(10)
    expect(world.value('db.client.connection.pending_requests')).toBe(4)
    expect(world.value('db.client.connection.timeouts')).toBe(5)
    expect(world.value('hale.connection.opened')).toBe(12)
    expect(world.value('hale.connection.open_failures')).toBe(2)
    expect(world.value('hale.breaker.open')).toBe(0)
  })

  it('tells recycles by cause, those that have not happened too', async () => {
    const { world } = open({ orders: new FakePool() })
    await world.collect()
    const recycles = 'hale.connection.recycles'
    expect(world.value(recycles, { 'hale.recycle.cause': 'lifetime' })).toBe(2)
    expect(world.value(recycles, { 'hale.recycle.cause': 'lost' })).toBe(1)
    expect(world.value(recycles, { 'hale.recycle.cause': 'latency' })).toBe(0)
    expect(world.points(recycles)).toHaveLength(21)
  })

  it('tells connections by how they are assessed', async () => {
    const { world } = open({ orders: new FakePool() })
    await world.collect()
    const status = (value: string): unknown =>
      world.value('hale.assessment', { 'hale.assessment.status': value })
    expect(['healthy', 'degraded', 'unhealthy', 'unknown'].map(status)).toEqual([2, 1, 0, 0])
  })

  it('tells open issues by type and severity, and 0 once they are cleared', async () => {
    const pool = new FakePool()
    const { world } = open({ orders: pool })
    pool.set({ issues: [issue('high_latency', 'warning', 1), issue('high_latency', 'warning', 2)] })
    await world.collect()
    const attributes = { 'hale.issue.type': 'high_latency', 'hale.issue.severity': 'warning' }
    expect(world.value('hale.issues', attributes)).toBe(2)
    pool.set({ issues: [issue('server_unreachable', 'critical', 3)] })
    await world.collect()
    expect(world.value('hale.issues', attributes)).toBe(0)
    expect(world.value('hale.issues', { 'hale.issue.severity': 'critical' })).toBe(1)
  })

  it('tells of the server what the pool knows', async () => {
    const pool = new FakePool()
    const { world } = open({ orders: pool })
    await world.collect()
    expect(world.has('hale.server.replication_lag')).toBe(false)
    const { server } = pool.current
    const connections = { max: 100, reserved: 3, used: 42 }
    pool.set({ server: { ...server, isBreakerOpen: true, replicationLagMs: 1_500, connections } })
    await world.collect()
    expect(world.value('hale.breaker.open')).toBe(1)
    expect(world.value('hale.server.replication_lag')).toBe(1.5)
    expect(world.value('hale.server.connection.count')).toBe(42)
    expect(world.value('hale.server.connection.limit')).toBe(100)
  })

  it('calls a lone pool by where it leads', async () => {
    const { world } = open(new FakePool())
    await world.collect()
    const names = world.points('db.client.connection.max').map(({ attributes }) => attributes)
    expect(names).toEqual([{ 'db.client.connection.pool.name': 'db:5432/shop' }])
  })

  it('keeps pools apart by their names', async () => {
    const reports = new FakePool()
    const { world } = open({ orders: new FakePool(), reports })
    reports.options.max = 3
    await world.collect()
    const max = (pool: string): unknown =>
      world.value('db.client.connection.max', { 'db.client.connection.pool.name': pool })
    expect([max('orders'), max('reports')]).toEqual([10, 3])
  })

  it('follows the pools of a manager', async () => {
    const manager = new FakeManager()
    manager.add('orders')
    const { world, handle } = open(manager)
    manager.add('reports')
    await world.collect()
    expect(world.points('db.client.connection.max')).toHaveLength(2)
    handle.stop()
    expect(manager.listeners).toBe(0)
  })

  it('counts anew for a pool that comes under a name that was left', async () => {
    const manager = new FakeManager()
    manager.add('orders')
    const { world } = open(manager)
    await world.collect()
    manager.remove('orders')
    const { current } = manager.add('orders')
    manager.pool('orders').set({ totals: { ...current.totals, acquireTimeouts: 1 } })
    await world.collect()
    expect(world.value('db.client.connection.timeouts')).toBe(1)
    expect(world.value('db.client.connection.max')).toBe(10)
  })

  it('tells nothing more once stopped, and may be stopped again', async () => {
    const pool = new FakePool()
    const { world, handle } = open({ orders: pool })
    handle.stop()
    handle[Symbol.dispose]()
    pool.set({ counts: { ...pool.current.counts, waiting: 99 } })
    await world.collect()
    expect(world.has('db.client.connection.pending_requests')).toBe(false)
    expect(pool.monitor.eventNames()).toEqual([])
  })

  it('is not disturbed by another that is stopped', async () => {
    const { world } = open({ orders: new FakePool() })
    const { provider: meterProvider } = world
    createOpenTelemetryMetrics({ reports: new FakePool() }, { meterProvider }).stop()
    await world.collect()
    expect(world.value('db.client.connection.max')).toBe(10)
  })

  it.each([undefined, null, 7, 'postgres://me:secret@db/shop', { orders: {} }])(
    'refuses what is no pool: %j',
    (pools) => {
      const attempt = (): unknown => open(pools as unknown as FakePool)
      expect(attempt).toThrow(expect.objectContaining({ code: 'HALE_OPTIONS' }))
      expect(attempt).not.toThrow(/secret/)
    },
  )
})

function issue(
  type: 'high_latency' | 'server_unreachable',
  severity: 'warning' | 'critical',
  id: number,
): ConnectionIssue {
  const scope = type === 'high_latency' ? 'connection' : 'server'
  return {
    id,
    type,
    severity,
    scope,
    evidence: {},
    detectedAt: 0,
    lastSeenAt: 0,
  } as ConnectionIssue
}
