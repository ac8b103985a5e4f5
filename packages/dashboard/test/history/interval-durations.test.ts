import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { intervalOf } from '../../src/history/interval-durations.ts'
import { FakePool } from '../fake-pool.ts'

function createMonitor() {
  const { monitor } = new FakePool(createFakeClock())
  return { monitor, metrics: monitor.track(1), look: () => monitor.durations.snapshot() }
}

describe('intervalOf', () => {
  it('knows no times where nothing ran', () => {
    const { look } = createMonitor()
    const nothing = { statements: 0, failures: 0, meanMs: null, p95Ms: null }
    expect(intervalOf(look(), look())).toEqual(nothing)
  })
  it('leaves out what ran before', () => {
    const { monitor, metrics, look } = createMonitor()
    monitor.recordRun(metrics, 0, 10_000, 0)
    const before = look()
    for (const ms of [1, 3]) monitor.recordRun(metrics, 0, ms, 0)
    expect(intervalOf(before, look())).toEqual({ statements: 2, failures: 0, meanMs: 2, p95Ms: 4 })
  })
  it('gives the bound of the bucket that 95 % do not exceed', () => {
    const { monitor, metrics, look } = createMonitor()
    const before = look()
    for (let run = 0; run < 95; run += 1) monitor.recordRun(metrics, 0, 2, 0)
    for (let run = 0; run < 5; run += 1) monitor.recordRun(metrics, 0, 900, 0)
    expect(intervalOf(before, look()).p95Ms).toBe(2.5)
    monitor.recordRun(metrics, 0, 900, 0)
    expect(intervalOf(before, look()).p95Ms).toBe(1_000)
  })
  it('bounds what no bucket bounds by the time of all together', () => {
    const { monitor, metrics, look } = createMonitor()
    const before = look()
    monitor.recordRun(metrics, 0, 45_000, 0)
    expect(intervalOf(before, look()).p95Ms).toBe(45_000)
  })
  it('counts statements that failed, of a kind that is new as well', () => {
    const { monitor, metrics, look } = createMonitor()
    const before = look()
    monitor.recordFailedRun(metrics, 'deadlock', 8)
    monitor.recordRun(metrics, 0, 2, 0)
    expect(intervalOf(before, look())).toMatchObject({ statements: 2, failures: 1, meanMs: 5 })
  })
})
