import { OptionsError } from '@hale/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anyHostile,
  hostileRecord,
  hostileValues,
  prototypeKeys,
  type Thunk,
  withThrowingGetters,
} from '../../../core/test/abuse/hostile-values.ts'
import { HealthAwareConnectionManager, HealthAwarePool } from '../../src/index.ts'
import { resolveManagerOptions } from '../../src/manager/manager-options.ts'
import { resolvePoolOptions } from '../../src/options.ts'
import { problemsOf } from '../problems-of.ts'

const secret = 'hunter2'
const sections = ['health', 'recycling', 'opening', 'leakDetection', 'sentinel']
const keys = [
  ...sections,
  ...[
    'max',
    'min',
    'maxUses',
    'idleTimeoutMillis',
    'connectionTimeoutMillis',
    'maxLifetimeSeconds',
  ],
  ...['hosts', 'targetSessionAttrs', 'hygiene', 'endTimeoutMs', 'allowExitOnIdle', 'Client', 'log'],
  ...[
    'connectionString',
    'password',
    'host',
    'port',
    'user',
    'database',
    'ssl',
    'application_name',
  ],
  ...['options', 'onConnect', 'verify', 'Promise', 'types', 'unknown', ...prototypeKeys],
]
const inSections = [
  ...[
    'mode',
    'thresholds',
    'latency',
    'leasedMs',
    'maxLifetimeMs',
    'jitterRatio',
    'afterMs',
    'callSites',
  ],
  ...['intervalMs', 'timeoutMs', 'applicationName', 'host', 'port', 'strictHost', ...prototypeKeys],
]
const secrets: readonly (readonly [string, unknown])[] = [
  ['password', secret],
  ['connectionString', `postgres://ann:${secret}@[nowhere:port/db`],
  ['hosts', [`ann:${secret}@db`]],
  ['hosts', [{ host: `ann:${secret}@db` }]],
  ['ssl', Object.freeze({ key: secret, passphrase: secret })],
  ['passwrod', secret],
  ['sentinel', { password: secret, apiToken: secret }],
  ['health', { pasword: secret }],
]

/** Options in which anything may stand anywhere, secrets among it. */
const options: fc.Arbitrary<Thunk> = fc
  .tuple(
    hostileRecord(keys),
    fc.array(fc.tuple(fc.constantFrom(...sections), hostileRecord(inSections)), { maxLength: 3 }),
    fc.array(fc.constantFrom(...secrets), { maxLength: 3 }),
    anyHostile(),
    fc.nat(9),
  )
  .map(([top, nested, hidden, whole, dice]) => () => {
    if (dice === 0) return whole()
    const given = nested.map(([name, make]) => [name, make()] as const)
    return Object.fromEntries([...Object.entries(top()), ...given, ...hidden])
  })

/** Runs what takes options: it works, or throws one OptionsError that says enough and no secret. */
function expectClear(use: () => unknown): unknown {
  let used: unknown
  try {
    used = use()
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    const { problems, message, stack } = error as OptionsError
    expect(problems.length).toBeGreaterThan(0)
    expect(message.length).toBeLessThan(100_000)
    expect(stack).not.toContain(secret)
    for (const { option, value, expected } of problems) {
      expect(Math.min(option.length, value.length, expected.length)).toBeGreaterThan(0)
      expect(`${option}${value}${expected}`).not.toMatch(/\p{Cc}/u)
      expect(`${option}${value}${expected}`).not.toContain(secret)
    }
  }
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(prototypeKeys)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  return used
}

describe('options of any kind', () => {
  it('give a pool’s parts what they need, or one error that names what is wrong', () => {
    fc.assert(
      fc.property(options, (make) => {
        const resolved = expectClear(() => resolvePoolOptions(make()))
        if (resolved !== undefined) expect(resolved).toHaveProperty('health.mode')
      }),
      { numRuns: 600 },
    )
  })

  it('make a pool, or one error that names what is wrong', () => {
    fc.assert(
      fc.property(options, anyHostile(), (make, Client) => {
        const pool = expectClear(() => new HealthAwarePool(make() as never, Client() as never))
        ;(pool as HealthAwarePool | undefined)?.end(() => {})
      }),
      { numRuns: 200 },
    )
  })

  it('make a manager and its pools, or one error that names what is wrong', () => {
    fc.assert(
      fc.property(options, options, anyHostile(), anyHostile(), (shared, own, name, placement) => {
        expectClear(() => resolveManagerOptions(shared()))
        const manager = expectClear(
          () => new HealthAwareConnectionManager({ defaults: shared() as never }),
        )
        const registered = (manager ??
          new HealthAwareConnectionManager()) as HealthAwareConnectionManager
        const pool = expectClear(() => {
          return registered.register(name() as never, own() as never, placement() as never)
        })
        ;(pool as HealthAwarePool | undefined)?.end(() => {})
      }),
      { numRuns: 300 },
    )
  })

  it('change a running pool, or throw one error that names what is wrong', () => {
    const pool = new HealthAwarePool()
    for (const name of ['max', 'min'] as const) {
      for (const value of hostileValues()) {
        const before = pool.options[name]
        expectClear(() => {
          pool.options[name] = value as never
        })
        expect(Number.isInteger(pool.options[name])).toBe(true)
        pool.options[name] = before as never
      }
    }
    pool.end(() => {})
  })
})

describe('an option', () => {
  it.each(keys.filter((key) => !prototypeKeys.includes(key)))(
    '%s that cannot be read is named',
    (key) => {
      expect(problemsOf(withThrowingGetters([key]))).toEqual([
        `${key}: a readable value, not undefined`,
      ])
    },
  )

  it('is read once: what was checked is what is used', () => {
    let reads = 0
    const changing = {
      get max() {
        reads += 1
        return reads === 1 ? 3 : 'x'
      },
    }
    expect(resolvePoolOptions(changing).config.max).toBe(3)
    expect(reads).toBe(1)
  })

  it('named __proto__ is refused, on every level and in a manager', () => {
    const json = JSON.parse(
      '{"__proto__":{"host":"evil"},"health":{"__proto__":{"mode":"observe"}}}',
    )
    expect(problemsOf(json)).toEqual([
      '__proto__: nothing, because it is no option, not an object',
      'health.__proto__: a known option, not an object',
    ])
    const manager = new HealthAwareConnectionManager({
      defaults: { health: { latency: { ratio: 2 } } },
    })
    const own = JSON.parse('{"health":{"latency":{"__proto__":{"ratio":5}}}}')
    expect(() => manager.register('a', own)).toThrow(
      'health.latency.__proto__: expected a known option',
    )
    expect(() => manager.register('a', json)).toThrow('__proto__: expected nothing')
    expect(manager.names()).toEqual([])
  })

  it('that pg does not know goes to the client, a symbol as well', () => {
    const key = Symbol('mine')
    expect(resolvePoolOptions({ [key]: 1, mine: 2 }).config).toMatchObject({ [key]: 1, mine: 2 })
  })

  it.each(['application_name', 'user', 'database', 'options', 'client_encoding'])(
    '%s must not smuggle in startup parameters behind a NUL',
    (name) => {
      expect(problemsOf({ [name]: 'shop\0options\0-c log_statement=all' })).toEqual([
        expect.stringMatching(`^${name}: a text without a NUL, not`),
      ])
    },
  )

  it('connectionString that cannot be read is named without a word of it', () => {
    const wrong = {
      connectionString: `postgres://ann:${secret}@[nowhere:port/db`,
      hosts: [{ host: 'a' }],
    }
    expect(problemsOf(wrong)).toEqual([
      'connectionString: one that can be read (ERR_INVALID_URL), not a string (not shown)',
    ])
    const manager = new HealthAwareConnectionManager()
    expect(() => manager.register('a', wrong)).toThrow(OptionsError)
    const noFile = {
      connectionString: 'postgres://db/x?sslrootcert=/nowhere.pem',
      hosts: [{ host: 'a' }],
    }
    expect(problemsOf(noFile)).toEqual([expect.stringContaining('(ENOENT)')])
  })

  it('ssl that is frozen is named, as pg hides its key in place', () => {
    expect(problemsOf({ ssl: Object.freeze({ key: secret }) })).toEqual([
      expect.stringMatching(/^ssl: an object whose key pg can hide, .* \(not shown\)$/),
    ])
    expect(problemsOf({ ssl: Object.freeze({ ca: 'ca' }) })).toEqual([])
    expect(problemsOf({ ssl: Object.freeze(Object.create({ key: secret })) })).toHaveLength(1)
    expect(problemsOf({ ssl: withThrowingGetters(['key']) })).toHaveLength(1)
  })
})
