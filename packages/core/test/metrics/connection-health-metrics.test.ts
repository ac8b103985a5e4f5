import { describe, expect, it } from 'vitest'
import type { Fault } from '../../src/index.ts'
import { ConnectionHealthMetrics, faultOfSqlState } from '../../src/index.ts'
import { createFakeClock } from '../fake-clock.ts'

const lost: Fault = { kind: 'connection_lost', scope: 'connection', retryable: true }

function setUp() {
  const clock = createFakeClock()
  return { clock, metrics: new ConnectionHealthMetrics(clock) }
}

describe('ConnectionHealthMetrics', () => {
  it('has no query floor below 8 statements', () => {
    const { metrics } = setUp()
    for (let index = 0; index < 7; index++) metrics.recordQuery(1)
    expect(metrics.queryFloorMs()).toBeUndefined()
    metrics.recordQuery(1)
    expect(metrics.queryFloorMs()).toBe(1)
  })

  it('takes the query floor over the latest 16 statements', () => {
    const { metrics } = setUp()
    metrics.recordQuery(1)
    for (let index = 0; index < 15; index++) metrics.recordQuery(5)
    expect(metrics.queryFloorMs()).toBe(1)
    metrics.recordQuery(5)
    expect(metrics.queryFloorMs()).toBe(5)
  })

  it('has no probe floor below 3 probes', () => {
    const { metrics } = setUp()
    metrics.recordProbe(1)
    metrics.recordProbe(1)
    expect(metrics.probeFloorMs()).toBeUndefined()
    metrics.recordProbe(2)
    expect(metrics.probeFloorMs()).toBe(1)
  })

  it('takes the probe floor over the latest 5 probes', () => {
    const { metrics } = setUp()
    for (const rttMs of [1, 5, 5, 5, 5]) metrics.recordProbe(rttMs)
    expect(metrics.probeFloorMs()).toBe(1)
    metrics.recordProbe(5)
    expect(metrics.probeFloorMs()).toBe(5)
  })

  it('forgets probes after a minute', () => {
    const { clock, metrics } = setUp()
    for (let index = 0; index < 5; index++) metrics.recordProbe(1)
    clock.advance(60_001)
    expect(metrics.probeFloorMs()).toBeUndefined()
  })

  it('moves no floor for a probe that timed out', () => {
    const { metrics } = setUp()
    for (let index = 0; index < 5; index++) metrics.recordProbe(1)
    metrics.recordProbeTimeout()
    expect(metrics.probeFloorMs()).toBe(1)
    expect(metrics.snapshot().probeTimeoutsTotal).toBe(1)
  })

  it('halves a fault every 2 min and keeps its total', () => {
    const { clock, metrics } = setUp()
    metrics.recordFault(lost, clock.now())
    clock.advance(120_000)
    expect(metrics.faults('connection', clock.now())).toBeCloseTo(0.5)
    expect(metrics.snapshot().faultsByScopeTotal.connection).toBe(1)
  })

  it('counts faults of statements and servers against nobody', () => {
    const { clock, metrics } = setUp()
    for (const code of ['23505', '53300', '40P01'])
      metrics.recordFault(faultOfSqlState(code, 'ERROR'), clock.now())
    expect(metrics.faultsAgainst(clock.now())).toBe(0)
    for (const code of ['08006', '25006', '26000'])
      metrics.recordFault(faultOfSqlState(code, 'ERROR'), clock.now())
    expect(metrics.faultsAgainst(clock.now())).toBe(3)
  })

  it('counts deadlocks, timeouts and disconnections', () => {
    const { metrics } = setUp()
    for (const code of ['40P01', '55P03', '57P01', '25P04', '23505'])
      metrics.recordFault(faultOfSqlState(code, 'ERROR'))
    expect(metrics.snapshot()).toMatchObject({
      deadlocksTotal: 1,
      timeoutsTotal: 2,
      disconnectionsTotal: 2,
    })
  })

  it('counts leases and transactions', () => {
    const { metrics } = setUp()
    metrics.recordLease(10)
    metrics.recordLease(5)
    metrics.recordTransaction(7, false)
    metrics.recordTransaction(3, true)
    expect(metrics.snapshot()).toMatchObject({
      usesTotal: 2,
      leasedMsTotal: 15,
      transactionsTotal: 2,
      rollbacksTotal: 1,
      transactionMsTotal: 10,
    })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1])(
    'ignores a duration of %s',
    (ms) => {
      const { metrics } = setUp()
      const before = metrics.snapshot()
      metrics.recordQuery(ms)
      metrics.recordProbe(ms)
      metrics.recordLease(ms)
      metrics.recordTransaction(ms, true)
      expect(metrics.snapshot()).toEqual(before)
    },
  )

  it('gives a snapshot that JSON keeps', () => {
    const { metrics } = setUp()
    for (let index = 0; index < 8; index++) {
      metrics.recordQuery(index)
      metrics.recordProbe(index)
    }
    const snapshot = metrics.snapshot()
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
    expect(snapshot.queryMeanMs).toBeCloseTo(3.5)
  })
})
