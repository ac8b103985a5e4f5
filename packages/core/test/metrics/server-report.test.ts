import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConnectionHealthMetrics } from '../../src/metrics/connection-health-metrics.ts'
import type { ServerReport } from '../../src/metrics/server-report.ts'
import { copyServerReport } from '../../src/metrics/server-report.ts'
import { createFakeClock } from '../fake-clock.ts'

function setUp() {
  const clock = createFakeClock()
  return { clock, metrics: new ConnectionHealthMetrics(clock) }
}

describe('a report of the server', () => {
  it('is kept until the next one', () => {
    const { clock, metrics } = setUp()
    expect(metrics.serverReport(clock.now())).toBeUndefined()
    metrics.reportServer({ locksHeld: 1, blockedMs: 5 }, clock.now())
    metrics.reportServer({ locksHeld: 2 }, clock.now())
    expect(metrics.serverReport(clock.now())).toEqual({ locksHeld: 2 })
  })

  it('says nothing any more after a minute', () => {
    const { clock, metrics } = setUp()
    metrics.reportServer({ locksHeld: 1 }, clock.now())
    clock.advance(60_000)
    expect(metrics.serverReport(clock.now())).toEqual({ locksHeld: 1 })
    clock.advance(1)
    expect(metrics.serverReport(clock.now())).toBeUndefined()
    expect(metrics.snapshot().server).toBeUndefined()
  })

  it('is a copy that nobody can change', () => {
    const { clock, metrics } = setUp()
    const blockedByPids = [1, 2]
    metrics.reportServer({ blockedByPids }, clock.now())
    blockedByPids.push(3)
    const kept = metrics.serverReport(clock.now())
    expect(kept?.blockedByPids).toEqual([1, 2])
    expect(Object.isFrozen(kept) && Object.isFrozen(kept?.blockedByPids)).toBe(true)
  })

  it('keeps no more than it knows the meaning of', () => {
    const given = { locksHeld: 1, query: 'select secret' } as ServerReport
    expect(copyServerReport(given)).toEqual({ locksHeld: 1 })
  })

  it('is bounded', () => {
    const copy = copyServerReport({
      waitEvent: 'x'.repeat(1_000),
      blockedByPids: Array.from({ length: 1_000 }, (_, pid) => pid),
    })
    expect(copy.waitEvent).toHaveLength(64)
    expect(copy.blockedByPids).toHaveLength(16)
  })

  it('is finite and not negative, whatever is given', () => {
    const anything = fc.oneof(fc.double(), fc.anything())
    const quantityKeys = ['locksHeld', 'blockedMs', 'backendMemoryBytes']
    const otherKeys = ['state', 'waitEvent', 'blockedByPids', 'blockers', 'waiters']
    const keys = [...quantityKeys, ...otherKeys]
    const reports = fc.record(Object.fromEntries(keys.map((key) => [key, anything])), {
      requiredKeys: [],
    })
    fc.assert(
      fc.property(reports, (report) => {
        const { waitEvent, blockedByPids, state, blockers, waiters, ...quantities } =
          copyServerReport(report as ServerReport)
        for (const value of Object.values(quantities)) {
          expect(Number.isFinite(value) && value >= 0).toBe(true)
        }
        for (const text of [waitEvent, state]) expect(typeof (text ?? '')).toBe('string')
        expect((blockedByPids ?? []).every((pid) => Number.isInteger(pid))).toBe(true)
      }),
    )
  })
})
