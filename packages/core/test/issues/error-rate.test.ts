import { describe, expect, it } from 'vitest'
import { faultOfSqlState } from '../../src/faults/fault-of-sql-state.ts'
import { detectErrorRate, errorRate } from '../../src/issues/error-rate.ts'
import { detectTimeouts } from '../../src/issues/timeouts.ts'
import { createSweeps, factsOf, openIssue } from './facts.ts'

function setUp(detect = detectErrorRate, type: 'error_rate' | 'timeouts' = 'error_rate') {
  const sweeps = createSweeps(type, detect)
  const serve = (statements: number): void => {
    for (let index = 0; index < statements; index++) sweeps.metrics.recordQuery(1)
  }
  const fail = (times: number, code = '08006'): void => {
    for (let index = 0; index < times; index++)
      sweeps.metrics.recordFault(faultOfSqlState(code, 'ERROR'))
  }
  return { sweeps, serve, fail }
}

describe('detectErrorRate', () => {
  it.each([
    [31, 3, false],
    [32, 2, false],
    [32, 3, true],
    [1_000, 3, false], // three in a thousand are not one in a hundred for certain
    [1_000, 30, true],
    [100, 3, false], // three in a hundred could be
    [100, 5, true],
  ])('of %d statements with %d faults raises: %s', (statements, faults, raises) => {
    const { sweeps, serve, fail } = setUp()
    serve(statements)
    fail(faults)
    expect(sweeps.sweep() !== undefined).toBe(raises)
  })

  it('says what it rests on', () => {
    const { sweeps, serve, fail } = setUp()
    serve(100)
    fail(10)
    sweeps.facts = { othersErrorRatio: 0.001 }
    const issue = sweeps.sweep()
    expect(issue).toMatchObject({
      severity: 'warning',
      evidence: {
        basis: 'limit',
        faults: 10,
        attempts: 100,
        othersRatio: 0.001,
        limitRatio: 0.01,
      },
    })
    if (issue?.type !== 'error_rate') throw new Error('no error_rate')
    const { ratio, lowerRatio } = issue.evidence
    expect(ratio).toBeCloseTo(10.008 / 108, 6)
    expect(lowerRatio).toBeGreaterThan(0.04)
    expect(lowerRatio).toBeLessThan(ratio)
  })

  it('is not moved by any number of failing statements', () => {
    const { sweeps, serve, fail } = setUp()
    serve(1_000)
    fail(1_000, '23505')
    expect(sweeps.sweep()).toBeUndefined()
  })

  it('expects of it what the others have, as far as it has shown little itself', () => {
    const lowerWith = (statements: number, othersErrorRatio: number): number => {
      const { sweeps, serve, fail } = setUp()
      serve(statements)
      fail(statements / 10)
      sweeps.facts = { othersErrorRatio }
      const issue = sweeps.sweep()
      return issue?.type === 'error_rate' ? issue.evidence.lowerRatio : Number.NaN
    }
    expect(lowerWith(40, 0.3) / lowerWith(40, 0)).toBeGreaterThan(1.3)
    expect(lowerWith(4_000, 0.3) / lowerWith(4_000, 0)).toBeLessThan(1.02)
  })

  it('ends with its evidence, also when nothing runs any more', () => {
    const { sweeps, serve, fail } = setUp()
    serve(100)
    fail(10)
    expect(sweeps.sweep()).toBeDefined()
    sweeps.clock.advance(60_000)
    expect(sweeps.sweep()).toBeDefined()
    sweeps.clock.advance(600_000)
    expect(sweeps.sweep()).toBeUndefined()
    expect(sweeps.raised).toBe(1)
  })

  it('leaves alone what the error channel found', () => {
    const { sweeps, serve } = setUp()
    serve(1_000)
    const open = openIssue('error_rate', 'critical', { basis: 'channel' })
    const facts = factsOf(sweeps.metrics, sweeps.clock.now())
    const thresholds = { errorRatio: { warning: 0.01, critical: false } } as never
    expect(detectErrorRate(facts, thresholds, open)).toBeUndefined()
  })
})

describe('errorRate', () => {
  it('is critical, with the others beside it', () => {
    const { sweeps, serve, fail } = setUp()
    serve(200)
    fail(20)
    const now = sweeps.clock.now()
    expect(errorRate(sweeps.metrics, 0.002, now)).toMatchObject({
      type: 'error_rate',
      severity: 'critical',
      evidence: { basis: 'channel', faults: 20, othersRatio: 0.002, limitRatio: undefined },
    })
    expect(errorRate(sweeps.metrics, undefined, now)?.evidence.othersRatio).toBeUndefined()
  })

  it('says nothing below 32 statements and 3 faults', () => {
    const { sweeps, serve, fail } = setUp()
    const now = sweeps.clock.now()
    serve(31)
    fail(3)
    expect(errorRate(sweeps.metrics, 0, now)).toBeUndefined()
    serve(1)
    expect(errorRate(sweeps.metrics, 0, now)).toBeDefined()
  })
})

describe('detectTimeouts', () => {
  it.each([
    [32, 2, false],
    [32, 3, false],
    [32, 6, true],
    [100, 8, false],
    [100, 12, true],
  ])('of %d statements with %d timeouts raises: %s', (statements, timeouts, raises) => {
    const { sweeps, serve, fail } = setUp(detectTimeouts, 'timeouts')
    serve(statements)
    fail(timeouts, '55P03')
    expect(sweeps.sweep() !== undefined).toBe(raises)
  })

  it('says what it rests on, and ends with it', () => {
    const { sweeps, serve, fail } = setUp(detectTimeouts, 'timeouts')
    serve(100)
    fail(20, '55P03')
    expect(sweeps.sweep()).toMatchObject({
      type: 'timeouts',
      severity: 'warning',
      evidence: { timeouts: 20, attempts: 100, limitRatio: 0.05 },
    })
    serve(1_000)
    expect(sweeps.sweep()).toBeUndefined()
  })
})
