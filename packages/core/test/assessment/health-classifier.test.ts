import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConnectionHealthAssessment, IssueSeverity } from '../../src/index.ts'
import {
  ConnectionHealthMetrics,
  explain,
  faultOfSqlState,
  HealthClassifier,
  IssueLog,
  noPeers,
} from '../../src/index.ts'
import { createFakeClock } from '../fake-clock.ts'

const classifier = new HealthClassifier()

function setUp() {
  const clock = createFakeClock()
  const metrics = new ConnectionHealthMetrics(clock)
  const log = new IssueLog()
  let previous: ConnectionHealthAssessment | undefined
  return {
    clock,
    metrics,
    serve(statements: number, durationMs = 1) {
      for (let index = 0; index < statements; index++) metrics.recordQuery(durationMs)
    },
    fail(sqlState: string) {
      metrics.recordFault(faultOfSqlState(sqlState, 'ERROR'))
    },
    sight(severity: IssueSeverity) {
      const evidence = { waitedMs: 1_000, during: 'probe' } as const
      log.sight({ type: 'unresponsive', scope: 'connection', severity, evidence }, 1, clock.now())
    },
    assess(): ConnectionHealthAssessment {
      const issues = log.open(1)
      previous = classifier.assess({
        connectionId: 1,
        metrics,
        issues,
        peers: noPeers,
        previous,
        now: clock.now(),
      })
      return previous
    },
  }
}

describe('HealthClassifier', () => {
  it('says unknown without evidence', () => {
    const world = setUp()
    world.serve(7)
    expect(world.assess()).toMatchObject({
      status: 'unknown',
      score: undefined,
      recommendedActions: ['probe'],
    })
    world.serve(1)
    expect(world.assess()).toMatchObject({
      status: 'healthy',
      score: 1,
      recommendedActions: ['none'],
    })
  })

  it('takes three probes for evidence', () => {
    const world = setUp()
    for (let index = 0; index < 3; index++) world.metrics.recordProbe(1)
    expect(world.assess().status).toBe('healthy')
  })

  it('lets one critical issue override everything', () => {
    const world = setUp()
    world.serve(1_000)
    world.sight('critical')
    expect(world.assess()).toMatchObject({
      status: 'unhealthy',
      score: 0,
      recommendedActions: ['replace'],
    })
  })

  it('degrades for a warning and not for information', () => {
    const world = setUp()
    world.serve(8)
    world.sight('info')
    expect(world.assess()).toMatchObject({ status: 'healthy', score: 1 })
    world.sight('warning')
    expect(world.assess()).toMatchObject({
      status: 'degraded',
      score: 0.7,
      recommendedActions: ['observe'],
    })
  })

  it('stays unknown for information alone', () => {
    const world = setUp()
    world.sight('info')
    expect(world.assess().status).toBe('unknown')
  })

  it('degrades at two faults and recovers below one', () => {
    const world = setUp()
    world.serve(8)
    world.fail('08006')
    expect(world.assess().status).toBe('healthy')
    world.fail('26000')
    expect(world.assess()).toMatchObject({ status: 'degraded', recommendedActions: ['probe'] })
    world.clock.advance(110_000)
    expect(world.assess().status).toBe('degraded')
    world.clock.advance(20_000)
    expect(world.assess().status).toBe('healthy')
  })

  it('lets a healthy connection keep more than one fault', () => {
    const world = setUp()
    world.serve(8)
    world.fail('08006')
    world.clock.advance(1_000)
    world.fail('08006') // 1.99 by now
    expect(world.assess().status).toBe('healthy')
  })

  it('is not moved by any number of failing statements', () => {
    const world = setUp()
    world.serve(8)
    for (let index = 0; index < 1_000; index++) world.fail('23505')
    expect(world.assess()).toMatchObject({ status: 'healthy', score: 1 })
  })

  it('is not moved by the order of samples of one instant', () => {
    const sample = fc.oneof(
      fc.record({ queryMs: fc.double({ min: 0, max: 1e4, noNaN: true }) }),
      fc.record({ probeMs: fc.double({ min: 0, max: 1e4, noNaN: true }) }),
      fc.record({ sqlState: fc.constantFrom('08006', '25006', '23505', '57P01') }),
    )
    // As many as the rings hold: which of more samples are the latest is what order means.
    const samples = fc
      .array(sample, { maxLength: 16 })
      .filter((all) => all.filter((one) => 'probeMs' in one).length <= 5)
    const orders = samples.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    const assessed = (all: readonly object[]): ConnectionHealthAssessment => {
      const world = setUp()
      for (const one of all) {
        if ('queryMs' in one) world.metrics.recordQuery(Number(one.queryMs))
        if ('probeMs' in one) world.metrics.recordProbe(Number(one.probeMs))
        if ('sqlState' in one) world.fail(String(one.sqlState))
      }
      return world.assess()
    }
    fc.assert(
      fc.property(orders, ([before, after]) => {
        expect(assessed(after)).toEqual(assessed(before))
      }),
    )
  })

  it('gives a score exactly when the status is known', () => {
    const severities = fc.constantFrom<IssueSeverity | undefined>(
      undefined,
      'info',
      'warning',
      'critical',
    )
    fc.assert(
      fc.property(severities, fc.nat(20), fc.nat(5), (severity, statements, faults) => {
        const world = setUp()
        world.serve(statements)
        for (let index = 0; index < faults; index++) world.fail('08006')
        if (severity !== undefined) world.sight(severity)
        const { status, score } = world.assess()
        expect(score === undefined).toBe(status === 'unknown')
        expect(score ?? 0).toBeGreaterThanOrEqual(0)
        expect(score ?? 1).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('explain', () => {
  it('says each status in a sentence', () => {
    const world = setUp()
    expect(explain(world.assess())).toBe(
      'Connection 1 has too little evidence: 0 statements so far.',
    )
    world.serve(8)
    expect(explain(world.assess())).toBe('Connection 1 is healthy: 8 statements, 0 peers.')
    world.fail('08006')
    world.fail('08006')
    expect(explain(world.assess())).toBe(
      'Connection 1 is degraded: about 2 faults of its own in the last minutes.',
    )
    world.sight('critical')
    expect(explain(world.assess())).toBe(
      'Connection 1 is unhealthy: no answer within 1000 ms (probe).',
    )
  })
})
