import { OptionProblems, type OptionsError } from '@hale/core'
import { describe, expect, it } from 'vitest'
import { resolvePoolOptions } from '../src/options.ts'
import { poolPolicyDefaults, resolvePoolPolicy } from '../src/pool-policy.ts'

/** Every problem that is found in `options`. */
function problemsOf(options: object): string[] {
  try {
    resolvePoolOptions(options)
    return []
  } catch (error) {
    return (error as OptionsError).problems.map(({ option }) => option)
  }
}

describe('resolvePoolPolicy', () => {
  it('gives the defaults for nothing', () => {
    const problems = new OptionProblems()
    expect(resolvePoolPolicy({}, problems)).toEqual(poolPolicyDefaults)
  })
  it('says every problem at once, unknown names included', () => {
    expect(
      problemsOf({
        opening: { outageToleranceMs: 0, strictHost: 'yes', retries: 3 },
        leakDetection: { afterMs: 1, callSites: 'often', reclaim: 1 },
        hygiene: ['reset-role', 'wash'],
        endTimeoutMs: -1,
      }),
    ).toEqual(
      expect.arrayContaining([
        'opening.outageToleranceMs',
        'opening.strictHost',
        'opening.retries',
        'leakDetection.afterMs',
        'leakDetection.callSites',
        'leakDetection.reclaim',
        'endTimeoutMs',
      ]),
    )
    expect(problemsOf({ hygiene: 'wash' })).toEqual(['hygiene'])
  })
  it('takes false for off', () => {
    const off = {
      opening: { outageToleranceMs: false },
      leakDetection: { afterMs: false, callSites: false },
      hygiene: false,
      endTimeoutMs: false,
    } as const
    expect(resolvePoolOptions(off).policy).toMatchObject({ ...off, hygiene: [] })
  })
  it('takes one level of hygiene or several', () => {
    expect(resolvePoolOptions({ hygiene: 'unlock' }).policy.hygiene).toEqual(['unlock'])
    expect(resolvePoolOptions({ hygiene: ['unlock', 'unlisten'] }).policy.hygiene).toHaveLength(2)
  })
})

describe('the limit for leaks', () => {
  it('is one, whichever way it is given', () => {
    const byLeaks = resolvePoolOptions({ leakDetection: { afterMs: 7_000 } })
    const limit = { leasedMs: { warning: 7_000, critical: false } } as const
    const byThreshold = resolvePoolOptions({ health: { thresholds: limit } })
    for (const { health, policy } of [byLeaks, byThreshold]) {
      expect(health.thresholds).toMatchObject(limit)
      expect(policy.leakDetection.afterMs).toBe(7_000)
    }
  })
  it('is the critical one where there is no warning', () => {
    const leasedMs = { warning: false, critical: 9_000 } as const
    const { policy } = resolvePoolOptions({ health: { thresholds: { leasedMs } } })
    expect(policy.leakDetection.afterMs).toBe(9_000)
  })
  it('is not to be given twice', () => {
    expect(
      problemsOf({
        leakDetection: { afterMs: 7_000 },
        health: { thresholds: { leasedMs: { warning: 1_000, critical: false } } },
      }),
    ).toEqual(['health.thresholds.leasedMs'])
  })
})
