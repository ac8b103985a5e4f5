import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { healthDefaults, resolveHealthOptions } from '../../src/options/health-options.ts'
import { OptionProblems } from '../../src/options/option-problems.ts'
import { OptionReader } from '../../src/options/option-reader.ts'
import {
  recyclingDefaults,
  resolveRecyclingOptions,
} from '../../src/recycling/recycling-options.ts'

function problemsOf(
  resolve: (options: unknown, problems: OptionProblems) => unknown,
  options: unknown,
): string[] {
  const problems = new OptionProblems()
  resolve(options, problems)
  return problems.all.map(({ option, value, expected }) => `${option}: ${expected} / ${value}`)
}

const health = (options: unknown): string[] => problemsOf(resolveHealthOptions, options)
const recycling = (options: unknown): string[] => problemsOf(resolveRecyclingOptions, options)

describe('resolveHealthOptions', () => {
  it.each([undefined, {}, { mode: undefined, latency: undefined }])(
    'fills in the defaults for %s',
    (options) => {
      const problems = new OptionProblems()
      const resolved = resolveHealthOptions(options, problems)
      expect(resolved).toEqual(healthDefaults)
      expect(Object.isFrozen(resolved) && Object.isFrozen(resolved.latency)).toBe(true)
      problems.throwIfAny()
    },
  )

  it('accepts its own defaults', () => {
    expect(health(healthDefaults)).toEqual([])
  })

  it('takes over what is given and no more', () => {
    const problems = new OptionProblems()
    const resolved = resolveHealthOptions(
      { probeIntervalMs: false, latency: { marginMs: 0 } },
      problems,
    )
    expect(resolved).toEqual({
      ...healthDefaults,
      probeIntervalMs: false,
      latency: { ...healthDefaults.latency, marginMs: 0 },
    })
  })

  it('reports every problem with its path', () => {
    expect(
      health({ mode: 'off', bypassWindowMs: -1, latency: { ratio: '4' }, probeIntervalMs: true }),
    ).toEqual([
      "health.mode: 'enforce' or 'observe' / 'off'",
      'health.bypassWindowMs: a number from 0 to 600000 / -1',
      'health.probeIntervalMs: a number from 50 to 3600000, or false / true',
      "health.latency.ratio: a number from 1 to 1000 / '4'",
    ])
  })

  it('names the option that was probably meant', () => {
    expect(health({ sweepIntervallMs: 1 })).toEqual([
      'health.sweepIntervallMs: a known option, perhaps health.sweepIntervalMs / 1',
    ])
    expect(health({ latency: { rateo: 1 } })).toEqual([
      'health.latency.rateo: a known option, perhaps health.latency.ratio / 1',
    ])
    expect(health({ somethingElse: 1 })).toEqual(['health.somethingElse: a known option / 1'])
  })

  it.each([
    ['falseRecyclesPerConnectionDay', 0.001, 100],
    ['sweepIntervalMs', 50, 60_000],
    ['probeTimeoutMs', 10, 60_000],
  ])('accepts %s from %d to %d', (name, min, max) => {
    expect(health({ [name]: min })).toEqual([])
    expect(health({ [name]: max })).toEqual([])
    expect(health({ [name]: min * 0.99 })).toHaveLength(1)
    expect(health({ [name]: max * 1.01 })).toHaveLength(1)
  })

  it('accepts the ends of the latency rule', () => {
    expect(health({ latency: { ratio: 1, marginMs: 0 } })).toEqual([])
    expect(health({ latency: { ratio: 1_000, marginMs: 60_000 } })).toEqual([])
    expect(health({ latency: { ratio: 0.99, marginMs: -0.1 } })).toHaveLength(2)
  })

  it.each([null, 1, 'enforce', true])('refuses %s instead of an object', (options) => {
    expect(health(options)).toHaveLength(1)
  })

  it('survives options that fight back', () => {
    const boom = (): never => {
      throw new Error('trap')
    }
    expect(health(new Proxy({}, { get: boom, ownKeys: boom })).length).toBeGreaterThan(0)
    expect(health(Object.defineProperty({}, 'mode', { get: boom, enumerable: true }))).toEqual([
      'health.mode: a readable value / undefined',
    ])
  })

  it('never throws', () => {
    const keys = Object.keys(healthDefaults)
    const options = fc.record(Object.fromEntries(keys.map((key) => [key, fc.anything()])), {
      requiredKeys: [],
    })
    fc.assert(fc.property(fc.oneof(fc.anything(), options), (given) => void health(given)))
  })
})

describe('health.unreachableTimeoutMs', () => {
  it('is 8 s, may be off, and takes 1 s to 1 h', () => {
    expect(healthDefaults.unreachableTimeoutMs).toBe(8_000)
    for (const unreachableTimeoutMs of [false, 1_000, 3_600_000]) {
      expect(health({ unreachableTimeoutMs })).toEqual([])
    }
    for (const unreachableTimeoutMs of [0, 999, 3_600_001, true]) {
      expect(health({ unreachableTimeoutMs })).toHaveLength(1)
    }
  })
})

describe('resolveRecyclingOptions', () => {
  it('fills in the defaults', () => {
    const resolved = resolveRecyclingOptions(undefined, new OptionProblems())
    expect(resolved).toEqual(recyclingDefaults)
    expect(Object.isFrozen(resolved)).toBe(true)
  })

  it('accepts the ends of each range', () => {
    const ends = {
      maxLifetimeMs: false,
      jitterRatio: 0.5,
      maxEvictedRatio: 0,
      evictionWindowMs: 100,
      panicRatio: 1,
    }
    expect(recycling(ends)).toEqual([])
    expect(
      recycling({ maxLifetimeMs: 1_000, jitterRatio: 0, maxEvictedRatio: 1, panicRatio: 0 }),
    ).toEqual([])
  })

  it('refuses what is beyond them', () => {
    expect(recycling({ maxLifetimeMs: 999 })).toEqual([
      'recycling.maxLifetimeMs: a number of at least 1000, or false / 999',
    ])
    expect(
      recycling({ maxLifetimeMs: 0, jitterRatio: 0.51, maxEvictedRatio: 1.1, panicRatio: -0.1 }),
    ).toHaveLength(4)
    expect(recycling({ maxLifetimeMs: Number.POSITIVE_INFINITY })).toHaveLength(1)
  })
})

describe('OptionReader', () => {
  it('shows no text under an unknown name', () => {
    const problems = new OptionProblems()
    new OptionReader('', { passwrod: 'hunter2' }, problems).rejectUnknown(['password'])
    expect(problems.all).toEqual([
      {
        option: 'passwrod',
        value: 'a string (not shown)',
        expected: 'a known option, perhaps password',
      },
    ])
  })

  it('reads the top level without a path', () => {
    const problems = new OptionProblems()
    const reader = new OptionReader(
      '',
      { max: 1.5, allowExitOnIdle: 'yes', onConnect: 1, host: 'h' },
      problems,
    )
    expect(reader.number('max', { min: 1, integer: true }, 10)).toBe(10)
    expect(reader.boolean('allowExitOnIdle', false)).toBe(false)
    expect(reader.callback('onConnect')).toBeUndefined()
    reader.rejectUnknown(['host'])
    expect(problems.all.map(({ option, expected }) => `${option}: ${expected}`)).toEqual([
      'max: a whole number of at least 1',
      'allowExitOnIdle: true or false',
      'onConnect: a function',
    ])
  })

  it('reads a list of objects, each under its own path', () => {
    const problems = new OptionProblems()
    const given = { hosts: [{ host: 'a' }, undefined, { host: '', prot: 1 }] }
    const hosts = new OptionReader('', given, problems).list('hosts')
    expect(hosts?.map((each) => each.text('host'))).toEqual(['a', undefined, undefined])
    hosts?.at(-1)?.rejectUnknown(['port'])
    expect(problems.all.map(({ option, expected }) => `${option}: ${expected}`)).toEqual([
      'hosts[1]: an object',
      'hosts[2].host: a text that is not empty',
      'hosts[2].prot: a known option, perhaps hosts[2].port',
    ])
  })

  it('takes nothing else for a list', () => {
    for (const list of [[], 'a', { length: 1 }, revoked()]) {
      const problems = new OptionProblems()
      expect(new OptionReader('', { list }, problems).list('list')).toBeUndefined()
      expect(problems.all).toMatchObject([
        { option: 'list', expected: 'a list that is not empty, of at most 100' },
      ])
    }
  })

  it('reads nothing where nothing was given', () => {
    const problems = new OptionProblems()
    const reader = new OptionReader('', {}, problems)
    reader.refuse('host', 'hosts is given too')
    expect([reader.list('hosts'), reader.text('host')]).toEqual([undefined, undefined])
    expect(problems.all).toEqual([])
  })

  it('refuses what has no meaning beside something else', () => {
    const problems = new OptionProblems()
    new OptionReader('', { host: 'db' }, problems).refuse('host', 'hosts is given too')
    expect(problems.all).toEqual([
      { option: 'host', value: "'db'", expected: 'nothing, because hosts is given too' },
    ])
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable([1], {})
  revoke()
  return proxy
}
