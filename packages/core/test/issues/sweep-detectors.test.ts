import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOfSqlState } from '../../src/faults/fault-of-sql-state.ts'
import { detectBlocked } from '../../src/issues/blocked.ts'
import { detectBlocking } from '../../src/issues/blocking.ts'
import type { ConnectionFacts } from '../../src/issues/connection-facts.ts'
import { detectConnectionLeak } from '../../src/issues/connection-leak.ts'
import { detectDeadlocks } from '../../src/issues/deadlocks.ts'
import { detectIdleInTransaction } from '../../src/issues/idle-in-transaction.ts'
import { detectLocksHeld } from '../../src/issues/locks-held.ts'
import { detectResourceUsage } from '../../src/issues/resource-usage.ts'
import { sweepDetectors } from '../../src/issues/sweep-detectors.ts'
import { ConnectionHealthMetrics } from '../../src/metrics/connection-health-metrics.ts'
import { type Thresholds, thresholdDefaults } from '../../src/options/threshold-options.ts'
import { createFakeClock } from '../fake-clock.ts'
import { createSweeps, factsOf, openIssue } from './facts.ts'

describe('sweepDetectors', () => {
  it('has one per condition of a connection', () => {
    expect(sweepDetectors.map(({ type }) => type).sort()).toEqual([
      'blocked',
      'blocking',
      'connection_leak',
      'deadlocks',
      'error_rate',
      'high_latency',
      'idle_in_transaction',
      'locks_held',
      'resource_usage',
      'timeouts',
    ])
  })

  it('raises nothing without evidence, whatever the limits', () => {
    const lowest = { warning: 0.01, critical: 0.02 }
    const names = Object.keys(thresholdDefaults)
    const thresholds = Object.fromEntries(names.map((name) => [name, lowest])) as Thresholds
    const clock = createFakeClock()
    const facts = factsOf(new ConnectionHealthMetrics(clock), clock.now())
    for (const { detect } of sweepDetectors) {
      expect(detect(facts, thresholds, undefined)).toBeUndefined()
    }
  })

  it('reports nothing but its own type', () => {
    const clock = createFakeClock()
    const metrics = new ConnectionHealthMetrics(clock)
    for (let index = 0; index < 100; index++) {
      metrics.recordQuery(9_999)
      for (const code of ['40P01', '55P03', '08006'])
        metrics.recordFault(faultOfSqlState(code, 'ERROR'))
    }
    const most = 1e9
    metrics.reportServer({
      blockedMs: most,
      blockingMs: most,
      locksHeld: most,
      backendMemoryBytes: 1e12,
    })
    const facts: ConnectionFacts = {
      ...factsOf(metrics, clock.now()),
      leasedMs: most,
      quietMs: most,
      idleInTransactionMs: most,
    }
    const asked = { warning: 10, critical: false } as const
    const thresholds = { ...thresholdDefaults, latencyMs: asked, leasedMs: asked }
    for (const { type, detect } of sweepDetectors) {
      expect(detect(facts, thresholds, undefined)).toMatchObject({ type, scope: 'connection' })
    }
  })

  it('gives a verdict on any facts, and over only for what is open', () => {
    const quantity = fc.option(fc.double(), { nil: undefined })
    const given = fc.record({
      leasedMs: quantity,
      quietMs: quantity,
      transactionMs: quantity,
      idleInTransactionMs: quantity,
      othersErrorRatio: quantity,
    })
    fc.assert(
      fc.property(given, fc.boolean(), (rest, isOpen) => {
        const clock = createFakeClock()
        const metrics = new ConnectionHealthMetrics(clock)
        const facts = { ...factsOf(metrics, clock.now()), ...rest }
        for (const { type, detect } of sweepDetectors) {
          const open = isOpen ? openIssue(type, 'warning', { basis: 'limit' }) : undefined
          const verdict = detect(facts, thresholdDefaults, open)
          if (verdict === 'over') expect(isOpen).toBe(true)
        }
      }),
    )
  })
})

describe('conditions that the server reports', () => {
  it('blocked: holds from 5 s on and ends below 4 s', () => {
    const sweeps = createSweeps('blocked', detectBlocked)
    const waits = [4_999, 5_000, 4_000, 3_999, 60_000, 48_000, 47_999, 5_000, 0]
    expect(sweeps.severities(waits.map((blockedMs) => ({ blockedMs })))).toBe(
      '- warning warning - critical critical warning warning -',
    )
    expect(sweeps.raised).toBe(2)
  })

  it('blocked: names who blocks', () => {
    const sweeps = createSweeps('blocked', detectBlocked)
    sweeps.metrics.reportServer({
      blockedMs: 6_000,
      blockedByPids: [7, 8],
      waitEvent: 'Lock:tuple',
    })
    expect(sweeps.sweep()?.evidence).toEqual({
      blockedMs: 6_000,
      blockedByPids: [7, 8],
      waitEvent: 'Lock:tuple',
      limitMs: 5_000,
      leasedBy: undefined,
      blockers: [],
    })
  })

  it('blocked: ends when the server says nothing for over a minute', () => {
    const sweeps = createSweeps('blocked', detectBlocked)
    sweeps.metrics.reportServer({ blockedMs: 6_000 })
    expect(sweeps.sweep()).toBeDefined()
    sweeps.clock.advance(60_001)
    expect(sweeps.sweep()).toBeUndefined()
  })

  it('blocked: names both sides, by line of code', () => {
    const sweeps = createSweeps('blocked', detectBlocked)
    const blockers = [{ pid: 7, connectionId: 4, pool: 'main', leasedBy: 'pay (pay.ts:1:2)' }]
    sweeps.facts = { holder: { leasedBy: 'tidy (tidy.ts:3:4)', isListening: false } }
    sweeps.metrics.reportServer({ blockedMs: 6_000, blockedByPids: [7], blockers })
    const evidence = { leasedBy: 'tidy (tidy.ts:3:4)', blockers }
    expect(sweeps.sweep()).toMatchObject({ evidence })
  })

  it('blocking: names both sides, by line of code', () => {
    const sweeps = createSweeps('blocking', detectBlocking)
    const waiters = [{ pid: 8, statement: 'delete from t', waitingMs: 6_000 }]
    sweeps.facts = { holder: { leasedBy: 'pay (pay.ts:1:2)', isListening: false } }
    sweeps.metrics.reportServer({ blocksCount: 1, blockingMs: 6_000, waiters })
    const evidence = { leasedBy: 'pay (pay.ts:1:2)', waiters }
    expect(sweeps.sweep()).toMatchObject({ evidence })
  })

  it.each([
    ['blocked', detectBlocked, { blockedMs: 6_000 }],
    ['blocking', detectBlocking, { blockingMs: 6_000 }],
    ['locks_held', detectLocksHeld, { locksHeld: 2_000 }],
    ['locks_held', detectLocksHeld, { oldestLockMs: 400_000 }],
  ] as const)('%s: ends with the next report, an empty one or none', (type, detect, report) => {
    for (const next of [{}, undefined]) {
      const sweeps = createSweeps(type, detect)
      sweeps.metrics.reportServer(report)
      expect(sweeps.sweep()).toBeDefined()
      sweeps.clock.advance(1_000)
      sweeps.metrics.reportServer(next)
      expect(sweeps.sweep()).toBeUndefined()
    }
  })

  it('resource_usage: lives on memory that is told once a minute beside a report a second', () => {
    const sweeps = createSweeps('resource_usage', detectResourceUsage)
    sweeps.metrics.reportMemory(2 ** 29)
    expect(sweeps.severities(Array.from({ length: 60 }, () => ({})))).not.toContain('-')
    sweeps.metrics.reportMemory(2 ** 20)
    expect(sweeps.sweep()).toBeUndefined()
  })

  it('blocking: goes by the longest wait', () => {
    const sweeps = createSweeps('blocking', detectBlocking)
    sweeps.metrics.reportServer({ blocksCount: 3, blockingMs: 70_000 })
    expect(sweeps.sweep()).toMatchObject({
      severity: 'critical',
      evidence: { blocksCount: 3, blockingMs: 70_000, limitMs: 60_000 },
    })
    expect(sweeps.severities([{ blocksCount: 3 }])).toBe('-')
  })

  it('resource_usage: goes by memory, and waits for a report that has it', () => {
    const sweeps = createSweeps('resource_usage', detectResourceUsage)
    const gib = 2 ** 30
    const reports = [gib / 8, gib / 4, gib / 4.9, undefined, gib / 5.1, gib].map(
      (backendMemoryBytes) => (backendMemoryBytes === undefined ? {} : { backendMemoryBytes }),
    )
    expect(sweeps.severities(reports)).toBe('- warning warning warning - critical')
    sweeps.clock.advance(600_000)
    expect(sweeps.sweep()).toBeDefined()
    sweeps.clock.advance(1)
    expect(sweeps.sweep()).toBeUndefined()
  })

  it('locks_held: goes by how many and by how long', () => {
    const sweeps = createSweeps('locks_held', detectLocksHeld)
    const reports = [
      { locksHeld: 999, oldestLockMs: 299_999 },
      { locksHeld: 1_000 },
      { locksHeld: 800, oldestLockMs: 250_000 },
      { locksHeld: 799, oldestLockMs: 250_000 }, // the other limit was never reached
      { locksHeld: 4_000 },
      { locksHeld: 799, oldestLockMs: 300_000 },
      { locksHeld: 0, oldestLockMs: 240_000 },
      { locksHeld: 900, oldestLockMs: 239_999 },
    ]
    expect(sweeps.severities(reports)).toBe('- warning warning - critical warning warning -')
  })

  it('locks_held: says which limit was reached', () => {
    const sweeps = createSweeps('locks_held', detectLocksHeld)
    const evidenceOf = (report: object): unknown => {
      sweeps.metrics.reportServer(report)
      return sweeps.sweep()?.evidence
    }
    expect(evidenceOf({ locksHeld: 2_000, oldestLockMs: 400_000 })).toEqual({
      basis: 'count',
      locksHeld: 2_000,
      limit: 1_000,
    })
    expect(evidenceOf({ locksHeld: 10, oldestLockMs: 400_000 })).toEqual({
      basis: 'age',
      locksHeld: 10,
      oldestLockMs: 400_000,
      limitMs: 300_000,
    })
    expect(evidenceOf({ locksHeld: 5_000, oldestLockMs: 400_000 })).toMatchObject({
      basis: 'count',
      limit: 4_000,
    })
  })
})

describe('conditions that are seen from here', () => {
  it('idle_in_transaction: says what vacuum has to spare because of it, where that is known', () => {
    const sweeps = createSweeps('idle_in_transaction', detectIdleInTransaction)
    sweeps.facts = { idleInTransactionMs: 10_000, transactionMs: 12_000 }
    sweeps.metrics.reportServer({ xminAge: 1_234 })
    expect(sweeps.sweep()).toMatchObject({ evidence: { xminAge: 1_234 } })
  })

  it('idle_in_transaction: ends as soon as something runs again', () => {
    const sweeps = createSweeps('idle_in_transaction', detectIdleInTransaction)
    sweeps.facts = { idleInTransactionMs: 9_999, transactionMs: 12_000 }
    expect(sweeps.sweep()).toBeUndefined()
    sweeps.facts = { idleInTransactionMs: 10_000, transactionMs: 12_001 }
    expect(sweeps.sweep()).toMatchObject({
      severity: 'warning',
      evidence: { idleMs: 10_000, transactionMs: 12_001, limitMs: 10_000, xminAge: undefined },
    })
    sweeps.facts = { idleInTransactionMs: 300_000, transactionMs: 302_001 }
    expect(sweeps.sweep()?.severity).toBe('critical')
    sweeps.facts = { idleInTransactionMs: undefined, transactionMs: 303_000 }
    expect(sweeps.sweep()).toBeUndefined()
  })

  it('connection_leak: is off unless asked for, and ends with the lease', () => {
    const unasked = createSweeps('connection_leak', detectConnectionLeak)
    unasked.facts = { leasedMs: 1e9 }
    expect(unasked.sweep()).toBeUndefined()
    const leasedMs = { warning: 30_000, critical: 60_000 }
    const sweeps = createSweeps('connection_leak', detectConnectionLeak, { leasedMs })
    const holder = { leasedBy: 'load (app.ts:7:9)', isListening: false }
    const forgotten = { leasedMs: 60_000, quietMs: 3_000, transactionMs: 5, holder }
    sweeps.facts = forgotten
    expect(sweeps.sweep()).toMatchObject({
      severity: 'critical',
      evidence: { leasedMs: 60_000, transactionMs: 5, limitMs: 60_000, leasedBy: holder.leasedBy },
    })
    sweeps.facts = {}
    expect(sweeps.sweep()).toBeUndefined()
    sweeps.facts = { ...forgotten, quietMs: 2_999 } // whoever works has not forgotten it
    expect(sweeps.sweep()).toBeUndefined()
    sweeps.facts = { ...forgotten, quietMs: undefined }
    expect(sweeps.sweep()).toBeUndefined()
    sweeps.facts = { ...forgotten, holder: { ...holder, isListening: true } }
    expect(sweeps.sweep()).toBeUndefined()
  })

  it('deadlocks: takes three at once for more than one a minute', () => {
    const sweeps = createSweeps('deadlocks', detectDeadlocks)
    const deadlock = (): void => sweeps.metrics.recordFault(faultOfSqlState('40P01', 'ERROR'))
    deadlock()
    deadlock()
    expect(sweeps.sweep()).toBeUndefined()
    deadlock()
    const { evidence } = sweeps.sweep() ?? {}
    expect(evidence).toMatchObject({ deadlocks: 3, limitPerMinute: 1 })
    sweeps.clock.advance(60_000)
    expect(sweeps.sweep()).toBeUndefined()
  })

  it('deadlocks: knows the rate of those that come evenly', () => {
    const deadlocksPerMinute = { warning: 0.5, critical: false } as const
    const sweeps = createSweeps('deadlocks', detectDeadlocks, { deadlocksPerMinute })
    for (let minute = 0; minute < 60; minute++) {
      sweeps.clock.advance(30_000)
      sweeps.metrics.recordFault(faultOfSqlState('40P01', 'ERROR'))
      sweeps.clock.advance(30_000)
    }
    const issue = sweeps.sweep()
    expect(issue?.type === 'deadlocks' && issue.evidence.perMinute).toBeCloseTo(1, 1)
  })
})
