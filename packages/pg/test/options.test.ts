import { describe, expect, it } from 'vitest'
import { resolvePoolOptions } from '../src/options.ts'
import { problemsOf } from './problems-of.ts'

describe('resolvePoolOptions', () => {
  it('takes no options at all', () => {
    const { config, health, recycling } = resolvePoolOptions(undefined)
    expect(config).toEqual({ connectionTimeoutMillis: 30_000 })
    expect(health.mode).toBe('enforce')
    expect(recycling.maxLifetimeMs).toBe(1_800_000)
  })
  it('keeps what it does not know, because custom clients take options of their own', () => {
    expect(resolvePoolOptions({ host: 'db', mine: 1 }).config).toMatchObject({
      host: 'db',
      mine: 1,
    })
  })
  it('keeps 0 as "wait for ever" and pg’s other ways to say off', () => {
    const off = {
      connectionTimeoutMillis: 0,
      idleTimeoutMillis: null,
      maxLifetimeSeconds: 0,
      maxUses: Number.POSITIVE_INFINITY,
    }
    const { config, recycling } = resolvePoolOptions(off)
    expect(config).toMatchObject(off)
    expect(recycling.maxLifetimeMs).toBe(false)
  })
  it('keeps a password that pg has hidden from enumeration', () => {
    const options = Object.defineProperty({}, 'password', { value: 'secret', enumerable: false })
    expect(resolvePoolOptions(options).config.password).toBe('secret')
  })
  it('reads maxLifetimeSeconds as seconds', () => {
    expect(resolvePoolOptions({ maxLifetimeSeconds: 60 }).recycling.maxLifetimeMs).toBe(60_000)
  })
  it('names every problem at once, with the option, the value and the expectation', () => {
    const problems = problemsOf({
      max: 0,
      min: -1,
      idleTimeoutMillis: 'soon',
      maxUses: 0,
      onConnect: true,
      health: { mode: 'enforced', latency: { ratio: 0 } },
      recycling: { jiterRatio: 0.1 },
    })
    expect(problems).toEqual([
      'max: a whole number of at least 1, not 0',
      'min: a whole number of at least 0, not -1',
      'onConnect: a function, not true',
      'maxUses: a whole number of at least 1, not 0',
      "idleTimeoutMillis: a number of at least 0, not 'soon'",
      "health.mode: 'enforce' or 'observe', not 'enforced'",
      'health.latency.ratio: a number from 1 to 1000, not 0',
      'recycling.jiterRatio: a known option, perhaps recycling.jitterRatio, not 0.1',
    ])
  })
  it('refuses a min above max, and two lifetimes', () => {
    expect(problemsOf({ min: 3, max: 2 })).toEqual(['min: at most max, which is 2, not 3'])
    expect(
      problemsOf({ maxLifetimeSeconds: 60, recycling: { maxLifetimeMs: 1_000 } }),
    ).toHaveLength(1)
  })
})

describe('what the pool does beside lending', () => {
  it('has its defaults', () => {
    const { policy, health, recycling } = resolvePoolOptions({})
    expect(policy).toEqual({
      opening: { outageToleranceMs: 10_000, strictHost: false, strictStart: true },
      leakDetection: { afterMs: 60_000, callSites: 'sampled', reclaim: false },
      hygiene: [],
      endTimeoutMs: 30_000,
      sentinel: { intervalMs: 2_000, timeoutMs: 1_000, applicationName: undefined },
    })
    expect(health.thresholds.leasedMs).toEqual({ warning: 60_000, critical: false })
    expect(recycling.overlap).toBe(1)
  })
  it('takes a server that never answered for a mistake, unless callers were told to wait', () => {
    const strictStart = (options: object): boolean =>
      resolvePoolOptions(options).policy.opening.strictStart
    expect(strictStart({ connectionTimeoutMillis: 0 })).toBe(false)
    expect(strictStart({ connectionTimeoutMillis: 1, opening: { strictStart: true } })).toBe(true)
    expect(strictStart({ opening: { strictStart: false } })).toBe(false)
  })
  it('takes one level of hygiene or several, and every way to say off', () => {
    expect(resolvePoolOptions({ hygiene: 'unlock' }).policy.hygiene).toEqual(['unlock'])
    const both = ['unlisten', 'reset-role']
    expect(resolvePoolOptions({ hygiene: both }).policy.hygiene).toEqual(['reset-role', 'unlisten'])
    const off = {
      hygiene: false,
      endTimeoutMs: false,
      sentinel: false,
      opening: { outageToleranceMs: false },
      leakDetection: { afterMs: false, callSites: false },
    }
    expect(resolvePoolOptions(off)).toMatchObject({
      policy: { ...off, hygiene: [] },
      health: { thresholds: { leasedMs: { warning: false, critical: false } } },
    })
  })
  it('has one limit for leaks, whichever way it was given', () => {
    const health = { thresholds: { leasedMs: { warning: 5_000, critical: 9_000 } } }
    expect(resolvePoolOptions({ health }).policy.leakDetection.afterMs).toBe(5_000)
    expect(problemsOf({ health, leakDetection: { afterMs: 1_000 } })).toEqual([
      expect.stringContaining('health.thresholds.leasedMs: nothing, because leakDetection.afterMs'),
    ])
  })
  it('names what is wrong with it', () => {
    expect(
      problemsOf({
        hygiene: ['unlisten', 'everything'],
        endTimeoutMs: -1,
        opening: { outageToleranceMs: 0, strictHost: 'yes', tolerance: 5 },
        leakDetection: { afterMs: true, callSites: 'some', reclaims: true },
        recycling: { overlap: 2 },
      }),
    ).toEqual([
      'opening.outageToleranceMs: a number from 100 to 3600000, or false, not 0',
      "opening.strictHost: true or false, not 'yes'",
      'leakDetection.afterMs: a number from 10 to 86400000, or false, not true',
      "leakDetection.callSites: 'sampled' or 'always', or false, not 'some'",
      expect.stringMatching(
        /^hygiene: 'reset-role' or .*, a list of some, or false, not 'everything'$/,
      ),
      'endTimeoutMs: a number from 0 to 3600000, or false, not -1',
      'opening.tolerance: a known option, not 5',
      'leakDetection.reclaims: a known option, perhaps leakDetection.reclaim, not true',
      'recycling.overlap: a whole number from 0 to 1, not 2',
    ])
  })
})
