import { OptionProblems } from '@hale/core'
import { describe, expect, it } from 'vitest'
import type { HealthAwarePoolOptions } from '../../src/index.ts'
import { layOver as layOverInto } from '../../src/manager/lay-over.ts'
import { resolvePoolOptions } from '../../src/options.ts'

function layOver(
  defaults: HealthAwarePoolOptions,
  own: HealthAwarePoolOptions,
): HealthAwarePoolOptions {
  return layOverInto(defaults, own, new OptionProblems())
}

describe('layOver', () => {
  it('lets the options of a pool win one by one, also within sections', () => {
    const defaults: HealthAwarePoolOptions = {
      max: 5,
      application_name: 'shop',
      health: { probeIntervalMs: 2_000, thresholds: { blockedMs: { warning: 1_000 } } },
      recycling: { maxLifetimeMs: 60_000 },
      sentinel: { intervalMs: 500 },
    }
    const own: HealthAwarePoolOptions = {
      max: 9,
      health: { bypassWindowMs: 0, thresholds: { blockedMs: { critical: 9_000 } } },
      recycling: { maxLifetimeMs: false },
      sentinel: false,
    }
    expect(layOver(defaults, own)).toEqual({
      max: 9,
      application_name: 'shop',
      health: {
        probeIntervalMs: 2_000,
        bypassWindowMs: 0,
        thresholds: { blockedMs: { warning: 1_000, critical: 9_000 } },
      },
      recycling: { maxLifetimeMs: false },
      sentinel: false,
    })
    expect(defaults.health).toEqual({
      probeIntervalMs: 2_000,
      thresholds: { blockedMs: { warning: 1_000 } },
    })
  })
  it('switches on again what the defaults have switched off', () => {
    expect(layOver({ sentinel: false }, { sentinel: { intervalMs: 500 } })).toEqual({
      sentinel: { intervalMs: 500 },
    })
  })
  it('takes undefined for nothing', () => {
    const given = { max: undefined, health: { probeIntervalMs: undefined } }
    expect(layOver({ max: 5, health: { probeIntervalMs: 1 } }, given as never)).toEqual({
      max: 5,
      health: { probeIntervalMs: 1 },
    })
  })
  it('takes options as a whole that are no options of Hale’s', () => {
    const ssl = { ca: 'theirs' }
    const hosts = [{ host: 'b' }]
    expect(
      layOver({ ssl: { ca: 'ours', cert: 'ours' }, hosts: [{ host: 'a' }] }, { ssl, hosts }),
    ).toEqual({ ssl, hosts })
  })

  const shared = 'postgresql://app:secret@one:5433/shop'
  const servers: readonly (readonly [
    string,
    HealthAwarePoolOptions,
    HealthAwarePoolOptions,
    object,
  ])[] = [
    [
      'a host over a string',
      { connectionString: shared },
      { host: 'two' },
      { host: 'two', port: '5433', user: 'app', password: 'secret', database: 'shop' },
    ],
    [
      'a database over a string',
      { connectionString: shared },
      { database: 'acme' },
      { host: 'one', database: 'acme', password: 'secret' },
    ],
    [
      'a string over a host',
      { host: 'two', port: 1 },
      { connectionString: shared },
      { connectionString: shared },
    ],
    [
      'a string over hosts',
      { hosts: [{ host: 'two' }] },
      { connectionString: shared },
      { connectionString: shared },
    ],
    [
      'a host over hosts',
      { hosts: [{ host: 'one' }], user: 'app' },
      { host: 'two' },
      { host: 'two', user: 'app' },
    ],
    [
      'hosts over a host',
      { host: 'one', port: 1 },
      { hosts: [{ host: 'two' }] },
      { hosts: [{ host: 'two' }] },
    ],
    [
      'hosts over a string',
      { connectionString: shared },
      { hosts: [{ host: 'two' }] },
      { connectionString: shared, hosts: [{ host: 'two' }] },
    ],
  ]
  it.each(servers)('names one server where both name one: %s', (_what, defaults, own, expected) => {
    const options = layOver(defaults, own)
    expect(options).toMatchObject(expected)
    const named = ['connectionString', 'host', 'port', 'hosts']
    expect(named.filter((name) => name in options)).toEqual(
      named.filter((name) => name in expected || (name === 'port' && 'database' in expected)),
    )
    expect(() => resolvePoolOptions(options)).not.toThrow()
  })
  const rivals: readonly (readonly [string, HealthAwarePoolOptions, HealthAwarePoolOptions])[] = [
    ['lifetime', { maxLifetimeSeconds: 60 }, { recycling: { maxLifetimeMs: 1_000 } }],
    ['lifetime of pg', { recycling: { maxLifetimeMs: 1_000 } }, { maxLifetimeSeconds: 60 }],
    [
      'leak',
      { leakDetection: { afterMs: 1_000 } },
      { health: { thresholds: { leasedMs: { warning: 1 } } } },
    ],
    [
      'limit of leases',
      { health: { thresholds: { leasedMs: { warning: 1 } } } },
      { leakDetection: { afterMs: 1_000 } },
    ],
  ]
  it.each(rivals)('keeps one of two names for one thing: %s', (_what, defaults, own) => {
    expect(() => resolvePoolOptions(layOver(defaults, own))).not.toThrow()
    expect(layOver(defaults, own)).toMatchObject(own)
  })
  it('keeps a password that a pool hides from enumeration', () => {
    const hidden = Object.defineProperty({ host: 'one' }, 'password', { value: 'secret' })
    expect(layOver({}, hidden).password).toBe('secret')
    expect(layOver(hidden, {}).password).toBe('secret')
  })
})
