import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { HealthAwareConnectionManager, HealthAwarePool } from '../../src/index.ts'

const secret = 'hunter2'
const connectionString = `postgres://ann:${secret}@db.example/books`

const pools: HealthAwarePool[] = []
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())))

function createPool(options: object): HealthAwarePool {
  const pool = new HealthAwarePool(options)
  pools.push(pool)
  return pool
}

/** What loggers and people print. */
function printed(value: object): string {
  return [
    inspect(value, { depth: Number.POSITIVE_INFINITY }),
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    JSON.stringify(value),
    JSON.stringify({ nested: [value] }),
    String(value),
  ].join('\n')
}

describe('a pool that is printed', () => {
  it.each([
    ['a connection string', { connectionString }],
    ['a connection string for several hosts', { connectionString, hosts: [{ host: 'other' }] }],
    ['a password', { password: secret }],
    ['a password of digits', { password: 12345678 }, '12345678'],
    ['a function that gives it', { password: () => secret }],
    [
      'a key, its passphrase, and a bundle',
      { ssl: { key: secret, passphrase: secret, pfx: secret } },
    ],
    ['server options', { options: `-c app.token=${secret}` }],
    ['a misspelt password', { pasword: secret }],
    ['a connection string under another name', { host: connectionString }],
    ['an object of the application', { stream: { password: secret } }],
  ])('does not show %s', (_what, options, hidden = secret) => {
    const pool = createPool(options)
    expect(printed(pool)).not.toContain(hidden)
    expect(printed(pool.options)).not.toContain(hidden)
    expect(inspect([pool, { pool }])).not.toContain(hidden)
  })

  it('shows where it leads to, and its numbers', () => {
    const { options } = createPool({
      host: 'db',
      port: '5433',
      user: 'ann',
      max: 3,
      hosts: undefined,
      ssl: null,
    })
    expect(JSON.parse(JSON.stringify(options))).toMatchObject({
      host: 'db',
      port: '5433',
      user: 'ann',
      max: 3,
      ssl: null,
    })
    expect(inspect(options)).toContain("host: 'db'")
    expect(inspect(createPool({ health: { mode: 'observe' }, max: 3 }).options)).toContain(
      "mode: 'observe'",
    )
  })

  it('is its snapshot as JSON, whoever listens to it', () => {
    const pool = createPool({ connectionString })
    pool.on('error', () => {})
    pool.monitor.on('issue:raised', () => {})
    const json = JSON.parse(JSON.stringify({ pool }))
    expect(Object.keys(json.pool)).toEqual(Object.keys(pool.snapshot()))
    expect(json.pool.counts).toEqual(pool.snapshot().counts)
  })

  it('has its options as they are, for whoever reads or copies them', () => {
    const ssl = { ca: 'ca' }
    const { options } = createPool({ connectionString, ssl, password: secret })
    expect(options.connectionString).toBe(connectionString)
    expect({ ...options }).toMatchObject({ connectionString, ssl })
    expect(options.ssl).toBe(ssl)
    expect(options.password).toBe(secret)
    expect(Object.keys({ ...options })).not.toContain('toJSON')
  })

  it('is shown by a manager no more than by itself', () => {
    const manager = new HealthAwareConnectionManager({ defaults: { connectionString } })
    pools.push(
      manager.register('primary', { password: secret, host: 'db' }),
      manager.register('other', {}),
    )
    expect(printed(manager)).not.toContain(secret)
    expect(printed(manager.snapshot())).not.toContain(secret)
    expect(printed(manager.overview())).not.toContain(secret)
  })
})
