import { describe, expect, it } from 'vitest'
import type { Fault, FaultScope } from '../../src/faults/fault.ts'
import { faultOfSqlState } from '../../src/faults/fault-of-sql-state.ts'
import { ConnectionHealthMetrics } from '../../src/metrics/connection-health-metrics.ts'
import { createFakeClock } from '../fake-clock.ts'

const lost: Fault = {
  kind: 'connection_lost',
  scope: 'connection',
  retryable: true,
  endsSession: true,
}

function setUp() {
  const clock = createFakeClock()
  const metrics = new ConnectionHealthMetrics(clock)
  const fail = (code: string, severity = 'ERROR'): void =>
    metrics.recordFault(faultOfSqlState(code, severity))
  const serve = (statements: number, durationMs = 1): void => {
    for (let index = 0; index < statements; index++) metrics.recordQuery(durationMs)
  }
  return { clock, metrics, fail, serve }
}

describe('probes', () => {
  it('have no floor below 3', () => {
    const { metrics } = setUp()
    metrics.recordProbe('network', 1)
    metrics.recordProbe('network', 1)
    expect(metrics.probeFloorMs()).toBeUndefined()
    metrics.recordProbe('network', 2)
    expect(metrics.probeFloorMs()).toBe(1)
  })

  it('have a floor and a median over the latest 5', () => {
    const { metrics } = setUp()
    for (const rttMs of [1, 9, 5, 7, 8]) metrics.recordProbe('network', rttMs)
    expect(metrics.snapshot()).toMatchObject({ probeFloorMs: 1, probeMedianMs: 7 })
    metrics.recordProbe('network', 6)
    expect(metrics.snapshot()).toMatchObject({ probeFloorMs: 5, probeMedianMs: 7 })
  })

  it('are forgotten after a minute', () => {
    const { clock, metrics } = setUp()
    for (let index = 0; index < 5; index++) metrics.recordProbe('network', 1)
    clock.advance(60_000)
    expect(metrics.probeFloorMs()).toBe(1)
    clock.advance(1)
    expect(metrics.probeFloorMs()).toBeUndefined()
  })

  it('are kept apart by kind and counted together', () => {
    const { metrics } = setUp()
    for (let index = 0; index < 4; index++) {
      metrics.recordProbe('network', 1)
      metrics.recordProbe('backend', 3)
    }
    expect(metrics.probeFloorMs()).toBe(1)
    expect(metrics.probes).toBe(8)
    expect(metrics.snapshot()).toMatchObject({
      probeFloorMs: 1,
      backendProbeFloorMs: 3,
      backendProbeMedianMs: 3,
      probesTotal: 8,
    })
  })

  it('move no floor when they time out', () => {
    const { clock, metrics } = setUp()
    for (let index = 0; index < 5; index++) metrics.recordProbe('network', 1)
    clock.advance(10)
    metrics.recordProbeTimeout()
    expect(metrics.probeFloorMs()).toBe(1)
    expect(metrics.probedAt).toBe(clock.now())
    expect(metrics.snapshot().probeTimeoutsTotal).toBe(1)
  })
})

describe('faults', () => {
  it('halve every 2 min and keep their total', () => {
    const { clock, metrics } = setUp()
    metrics.recordFault(lost)
    clock.advance(120_000)
    expect(metrics.faults('connection', clock.now())).toBeCloseTo(0.5)
    expect(metrics.snapshot().faultsByScopeTotal.connection).toBe(1)
  })

  it('count at their own instant, whenever the sweep was', () => {
    const { clock, metrics } = setUp()
    clock.advance(30_000)
    metrics.recordFault(lost)
    expect(metrics.faults('connection', clock.now())).toBe(1)
  })

  it('of statements and servers count against nobody', () => {
    const { clock, metrics, fail } = setUp()
    for (const code of ['23505', '53300', '40P01']) fail(code)
    expect(metrics.faultsAgainst(clock.now())).toBe(0)
    for (const code of ['08006', '25006', '26000']) fail(code)
    expect(metrics.faultsAgainst(clock.now())).toBe(3)
  })

  it('are counted by what they mean', () => {
    const { clock, metrics, fail } = setUp()
    for (const code of ['40P01', '40001', '40001', '55P03', '23505']) fail(code)
    fail('25P04', 'FATAL')
    fail('57P01', 'FATAL')
    expect(metrics.snapshot()).toMatchObject({
      deadlocksTotal: 1,
      recentDeadlocks: 1,
      serializationFailuresTotal: 2,
      timeoutsTotal: 2,
      disconnectionsTotal: 2,
    })
    clock.advance(120_000)
    expect(metrics.recent('timeout', clock.now())).toBeCloseTo(1)
    expect(metrics.snapshot().timeoutsTotal).toBe(2)
  })

  it('are no disconnection while the session goes on', () => {
    const { metrics, fail } = setUp()
    fail('08006') // raised by postgres_fdw: another session was lost
    fail('53300', 'FATAL') // never began
    expect(metrics.snapshot().disconnectionsTotal).toBe(0)
    fail('08006', 'FATAL')
    expect(metrics.snapshot().disconnectionsTotal).toBe(1)
  })

  it('of no known scope are ignored', () => {
    const { metrics } = setUp()
    const before = metrics.snapshot()
    for (const scope of ['attempt', 'toString', '__proto__', 'deadlock'])
      metrics.recordFault({ ...lost, scope: scope as FaultScope })
    expect(metrics.snapshot()).toEqual(before)
  })
})

describe('attempts', () => {
  it('decay like faults, so that their ratio does not', () => {
    const { clock, metrics, fail, serve } = setUp()
    serve(100)
    for (let index = 0; index < 4; index++) fail('08006')
    expect(metrics.errorRatio(clock.now())).toBeCloseTo(0.04)
    clock.advance(120_000)
    metrics.renew(clock.now())
    expect(metrics.recentAttempts(clock.now())).toBeCloseTo(50)
    expect(metrics.attempts).toBe(100)
    expect(metrics.errorRatio(clock.now())).toBeCloseTo(0.04)
  })

  it('make no ratio below 32', () => {
    const { clock, metrics, fail, serve } = setUp()
    fail('08006')
    serve(31)
    expect(metrics.errorRatio(clock.now())).toBeUndefined()
    serve(1)
    expect(metrics.errorRatio(clock.now())).toBeCloseTo(1 / 32)
  })

  it('make no ratio above 1', () => {
    const { clock, metrics, fail, serve } = setUp()
    serve(32)
    for (let index = 0; index < 50; index++) fail('08006')
    expect(metrics.errorRatio(clock.now())).toBe(1)
  })
})

describe('use', () => {
  it('counts leases and transactions', () => {
    const { metrics } = setUp()
    metrics.recordLease(10)
    metrics.recordLease(5)
    metrics.recordTransaction(7, false)
    metrics.recordTransaction(3, true)
    expect(metrics.uses).toBe(2)
    expect(metrics.snapshot()).toMatchObject({
      usesTotal: 2,
      leasedMsTotal: 15,
      transactionsTotal: 2,
      rollbacksTotal: 1,
      transactionMsTotal: 10,
    })
  })

  it('knows since when a transaction is open', () => {
    const { clock, metrics } = setUp()
    expect(metrics.transactionSince).toBeUndefined()
    metrics.beginTransaction(clock.now())
    const since = clock.now()
    clock.advance(40)
    metrics.beginTransaction(clock.now())
    expect(metrics.transactionSince).toBe(since)
    expect(metrics.snapshot().transactionMs).toBe(40)
    metrics.recordTransaction(40, false)
    expect(metrics.transactionSince).toBeUndefined()
    expect(metrics.snapshot().transactionMs).toBeUndefined()
  })

  it('ends a transaction even when its duration is nonsense', () => {
    const { clock, metrics } = setUp()
    metrics.beginTransaction(clock.now())
    metrics.recordTransaction(Number.NaN, false)
    expect(metrics.transactionSince).toBeUndefined()
    expect(metrics.snapshot().transactionsTotal).toBe(0)
  })

  it('takes over byte counters that only grow', () => {
    const { metrics } = setUp()
    metrics.setBytes(100, 10)
    metrics.setBytes(50, 20)
    metrics.setBytes(Number.NaN, -1)
    expect(metrics.snapshot()).toMatchObject({ bytesReadTotal: 100, bytesWrittenTotal: 20 })
  })

  it('is as old as its opening', () => {
    const { clock, metrics } = setUp()
    clock.advance(10)
    expect(metrics.snapshot().ageMs).toBe(10)
    metrics.opened(clock.now())
    clock.advance(5)
    expect(metrics.snapshot().ageMs).toBe(5)
    expect(metrics.openedAt).toBe(clock.now() - 5)
  })
})

describe('hostile records', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1])(
    'of %s are ignored',
    (ms) => {
      const { metrics } = setUp()
      const before = metrics.snapshot()
      metrics.recordQuery(ms)
      metrics.recordProbe('network', ms)
      metrics.recordLease(ms)
      metrics.recordTransaction(ms, true)
      metrics.setBytes(ms, ms)
      expect(metrics.snapshot()).toEqual(before)
    },
  )
})

describe('a snapshot', () => {
  it('is what JSON keeps', () => {
    const { clock, metrics, serve } = setUp()
    for (let index = 0; index < 8; index++) {
      metrics.recordQuery(index)
      metrics.recordProbe('network', index)
      metrics.recordProbe('backend', index)
    }
    serve(32, 3.5)
    metrics.beginTransaction(clock.now())
    metrics.reportServer({ blockedByPids: [1], locksHeld: 3, waitEvent: 'Lock:tuple' })
    const snapshot = metrics.snapshot()
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
    expect(snapshot.queryMeanMs).toBeCloseTo(3.5)
    expect(Object.values(snapshot)).not.toContain(undefined)
  })

  it('is a copy: nothing that happens later or is done to it shows', () => {
    const { clock, metrics, fail, serve } = setUp()
    serve(8)
    metrics.reportServer({ blockedByPids: [1, 2] })
    const before = metrics.snapshot()
    const kept = structuredClone(before)
    serve(100, 50)
    fail('08006')
    metrics.reportServer({ blockedByPids: [3] })
    metrics.recordLease(5)
    expect(before).toEqual(kept)
    const later = metrics.snapshot(clock.now())
    expect(later.faultsByScope).not.toBe(metrics.snapshot(clock.now()).faultsByScope)
    expect(Object.isFrozen(later.server) && Object.isFrozen(later.server?.blockedByPids)).toBe(true)
  })

  it('says undefined where nothing was measured', () => {
    const { metrics } = setUp()
    expect(metrics.snapshot()).toMatchObject({
      queryMeanMs: undefined,
      p50Ms: undefined,
      p99Ms: undefined,
      probeFloorMs: undefined,
      errorRatio: undefined,
      server: undefined,
      attemptsTotal: 0,
    })
  })
})
