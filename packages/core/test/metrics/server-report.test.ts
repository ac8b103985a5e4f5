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

  it('is copied once, and shared from then on', () => {
    const { clock, metrics } = setUp()
    const copy = copyServerReport({ blockers: [{ pid: 1, state: 'active' }], locksHeld: 1 })
    expect(copyServerReport(copy)).toBe(copy)
    metrics.reportServer(copy, clock.now())
    expect(metrics.serverReport(clock.now())).toBe(copy)
    expect(metrics.snapshot().server).toBe(copy)
    expect(copyServerReport({ ...copy }).blockers?.[0]).toBe(copy.blockers?.[0])
  })

  it('is not taken for a copy because it is frozen', () => {
    const given = Object.freeze({ locksHeld: 1, password: 'secret' })
    expect(copyServerReport(given)).toEqual({ locksHeld: 1 })
  })

  it('ends when there is nothing to tell any more', () => {
    const { clock, metrics } = setUp()
    metrics.reportServer({ blockedMs: 5_000 }, clock.now())
    metrics.reportServer(undefined, clock.now())
    expect(metrics.serverReport(clock.now())).toBeUndefined()
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

describe('the view of another backend', () => {
  it('is bounded, frozen, and holds nothing but what it lists', () => {
    const long = 'x'.repeat(1_000)
    const given = {
      pid: 7,
      application: long,
      statement: `select ${'column_name, '.repeat(500)}`,
      state: long,
      pool: long,
      leasedBy: long,
      waitingMs: 5,
      connectionId: 3,
      password: 'secret',
    }
    const { blockers, waiters } = copyServerReport({
      blockers: [given],
      waiters: Array.from({ length: 20 }, () => given),
    })
    const [view] = blockers ?? []
    expect(waiters).toHaveLength(8)
    expect(Object.isFrozen(view) && Object.isFrozen(blockers)).toBe(true)
    expect({ ...view, statement: view?.statement?.length }).toEqual({
      pid: 7,
      application: 'x'.repeat(64),
      statement: 512,
      state: 'x'.repeat(32),
      pool: 'x'.repeat(64),
      leasedBy: 'x'.repeat(200),
      waitingMs: 5,
      connectionId: 3,
    })
  })

  it('never holds a literal, whoever made it', () => {
    const statement = "update t set a = 'secret', b = 42 where c = $$secret$$"
    const { blockers } = copyServerReport({ blockers: [{ pid: 1, statement }] })
    expect(blockers).toEqual([{ pid: 1, statement: 'update t set a = ?, b = ? where c = ?' }])
  })

  it('leaves out what has no pid, and what is of another type', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.record({ pid: fc.anything(), state: fc.anything() }),
    )
    fc.assert(
      fc.property(fc.array(anything), (blockers) => {
        const copy = copyServerReport({ blockers } as unknown as ServerReport)
        expect((copy.blockers ?? []).length).toBeLessThanOrEqual(8)
        for (const { pid, state } of copy.blockers ?? []) {
          expect(Number.isSafeInteger(pid)).toBe(true)
          expect(typeof (state ?? '')).toBe('string')
        }
        expect(JSON.parse(JSON.stringify(copy))).toEqual(copy)
      }),
    )
  })
})

describe('memory', () => {
  it('stays beside the reports that follow, for 10 min', () => {
    const { clock, metrics } = setUp()
    metrics.reportMemory(1_000, clock.now())
    expect(metrics.serverReport(clock.now())).toEqual({ backendMemoryBytes: 1_000 })
    for (let second = 0; second < 600; second++) {
      clock.advance(1_000)
      metrics.reportServer(second % 2 === 0 ? { locksHeld: 1 } : undefined, clock.now())
      const rest = second % 2 === 0 ? { locksHeld: 1 } : {}
      expect(metrics.serverReport(clock.now())).toEqual({ backendMemoryBytes: 1_000, ...rest })
    }
    clock.advance(1)
    expect(metrics.serverReport(clock.now())).toBeUndefined()
    metrics.reportServer({ locksHeld: 1 }, clock.now())
    expect(metrics.serverReport(clock.now())).toEqual({ locksHeld: 1 })
  })

  it('outlives the report that it came beside', () => {
    const { clock, metrics } = setUp()
    metrics.reportServer({ locksHeld: 1 }, clock.now())
    metrics.reportMemory(1_000, clock.now())
    expect(metrics.serverReport(clock.now())).toEqual({ locksHeld: 1, backendMemoryBytes: 1_000 })
    clock.advance(60_001)
    expect(metrics.serverReport(clock.now())).toEqual({ backendMemoryBytes: 1_000 })
  })

  it('is what was told last, in a report or by itself', () => {
    const { clock, metrics } = setUp()
    metrics.reportMemory(1_000, clock.now())
    metrics.reportServer({ backendMemoryBytes: 2_000 }, clock.now())
    expect(metrics.serverReport(clock.now())).toEqual({ backendMemoryBytes: 2_000 })
    metrics.reportMemory(3_000, clock.now())
    expect(metrics.serverReport(clock.now())).toEqual({ backendMemoryBytes: 3_000 })
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) metrics.reportMemory(wrong)
    expect(metrics.serverReport(clock.now())).toEqual({ backendMemoryBytes: 3_000 })
  })

  it('is read without making anything', () => {
    const { clock, metrics } = setUp()
    metrics.reportMemory(1_000, clock.now())
    metrics.reportServer({ locksHeld: 1 }, clock.now())
    expect(metrics.serverReport(clock.now())).toBe(metrics.serverReport(clock.now()))
  })
})
