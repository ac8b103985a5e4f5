import { OptionsError } from '@hale/core'
import { describe, expect, it } from 'vitest'
import { resolvePoolOptions } from '../src/options.ts'

function problemsOf(options: unknown): readonly string[] {
  try {
    resolvePoolOptions(options)
    return []
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    return error.problems.map(
      ({ option, value, expected }) => `${option}: ${expected}, not ${value}`,
    )
  }
}

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
