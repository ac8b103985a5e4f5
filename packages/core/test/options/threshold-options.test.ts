import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveHealthOptions } from '../../src/options/health-options.ts'
import { OptionProblems } from '../../src/options/option-problems.ts'
import { type Thresholds, thresholdDefaults } from '../../src/options/threshold-options.ts'

const names = Object.keys(thresholdDefaults) as readonly (keyof Thresholds)[]

function resolve(thresholds: unknown): { thresholds: Thresholds; problems: readonly string[] } {
  const problems = new OptionProblems()
  const health = resolveHealthOptions({ thresholds }, problems)
  return {
    thresholds: health.thresholds,
    problems: problems.all.map(
      ({ option, value, expected }) => `${option}: ${expected} / ${value}`,
    ),
  }
}

describe('thresholds', () => {
  it.each([undefined, {}, { blockedMs: undefined }, { blockedMs: {} }])(
    'have defaults for %s',
    (given) => {
      const { thresholds, problems } = resolve(given)
      expect(problems).toEqual([])
      expect(thresholds).toEqual(thresholdDefaults)
    },
  )

  it('accept their own defaults', () => {
    expect(resolve(thresholdDefaults).problems).toEqual([])
  })

  it('are frozen to the last limit', () => {
    const { thresholds } = resolve({ blockedMs: { warning: 1 } })
    expect(Object.isFrozen(thresholds)).toBe(true)
    expect(names.every((name) => Object.isFrozen(thresholds[name]))).toBe(true)
  })

  it('take over what is given and no more', () => {
    const given = { latencyMs: { warning: 500 }, errorRatio: { warning: false } }
    expect(resolve(given).thresholds).toEqual({
      ...thresholdDefaults,
      latencyMs: { warning: 500, critical: false },
      errorRatio: { warning: false, critical: false },
    })
  })

  it.each(names)('can switch %s off', (name) => {
    const off = { warning: false, critical: false }
    const { thresholds, problems } = resolve({ [name]: off })
    expect(problems).toEqual([])
    expect(thresholds[name]).toEqual(off)
  })

  it('judge nobody by latency or by the length of a lease unless asked to', () => {
    const off = { warning: false, critical: false }
    expect(thresholdDefaults).toMatchObject({ latencyMs: off, leasedMs: off })
  })

  it('report a critical limit below the warning, naming both', () => {
    expect(resolve({ errorRatio: { warning: 0.2, critical: 0.1 } }).problems).toEqual([
      'health.thresholds.errorRatio.critical: at least health.thresholds.errorRatio.warning (0.2), or false / 0.1',
    ])
  })

  it('report a warning above the default of critical', () => {
    expect(resolve({ blockedMs: { warning: 120_000 } }).problems).toEqual([
      'health.thresholds.blockedMs.critical: at least health.thresholds.blockedMs.warning (120000), or false / 60000',
    ])
    expect(resolve({ blockedMs: { warning: 120_000, critical: false } }).problems).toEqual([])
    expect(resolve({ blockedMs: { warning: 60_000 } }).problems).toEqual([])
  })

  it('report every problem at once, unknown keys included', () => {
    const given = {
      errorRatio: { warning: 2 },
      locksHeld: { warning: 1.5, critcal: 3 },
      blockedMs: 5,
      idleMs: {},
      timeoutRatio: { critical: true },
    }
    expect(resolve(given).problems).toEqual([
      'health.thresholds.errorRatio.warning: a number from 0.0001 to 1, or false / 2',
      'health.thresholds.timeoutRatio.critical: a number from 0.0001 to 1, or false / true',
      'health.thresholds.blockedMs: an object / 5',
      'health.thresholds.locksHeld.warning: a whole number from 1 to 1000000000, or false / 1.5',
      'health.thresholds.locksHeld.critcal: a known option, perhaps health.thresholds.locksHeld.critical / 3',
      'health.thresholds.idleMs: a known option / an object',
    ])
  })

  it('never accept a critical limit below the warning', () => {
    const limit = fc.oneof(fc.constant(false as const), fc.integer({ min: 1, max: 1_000 }))
    fc.assert(
      fc.property(fc.constantFrom(...names), limit, limit, (name, warning, critical) => {
        const { thresholds, problems } = resolve({ [name]: { warning, critical } })
        const resolved = thresholds[name]
        if (problems.length > 0 || resolved.warning === false || resolved.critical === false) return
        expect(resolved.critical).toBeGreaterThanOrEqual(resolved.warning)
      }),
    )
  })

  it('never throw', () => {
    const given = fc.record(Object.fromEntries(names.map((name) => [name, fc.anything()])), {
      requiredKeys: [],
    })
    fc.assert(fc.property(fc.oneof(fc.anything(), given), (thresholds) => void resolve(thresholds)))
  })
})
