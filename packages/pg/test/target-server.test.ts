import { describe, expect, it } from 'vitest'
import { resolvePoolOptions } from '../src/options.ts'
import { problemsOf } from './problems-of.ts'

describe('the options that choose a server', () => {
  it('take whatever server the other options name', () => {
    const { target } = resolvePoolOptions({ host: 'db' })
    expect(target).toEqual({ hosts: [], targetSessionAttrs: 'any' })
  })
  it('are copied, frozen, and leave a port open that is not given', () => {
    const hosts = [{ host: 'a', port: 6_432 }, { host: '/run/postgresql' }]
    const { target } = resolvePoolOptions({ hosts, targetSessionAttrs: 'read-write' })
    expect(target).toEqual({ hosts, targetSessionAttrs: 'read-write' })
    expect(Object.isFrozen(target) && Object.isFrozen(target.hosts[0])).toBe(true)
  })
  it('go together with a connection string, whose host they replace', () => {
    const connectionString = 'postgresql://ann@first/books'
    const { config } = resolvePoolOptions({ connectionString, hosts: [{ host: 'second' }] })
    expect(config).toMatchObject({ user: 'ann', host: 'second', database: 'books' })
    expect(config.connectionString).toBeUndefined()
  })
  it('are ambiguous beside a host or a port', () => {
    expect(problemsOf({ hosts: [{ host: 'a' }], host: 'b', port: 5_433 })).toEqual([
      "host: nothing, because hosts is given too, not 'b'",
      'port: nothing, because hosts is given too, not 5433',
    ])
  })
  it('keep a port apart from its host', () => {
    const hosts = [{ host: 'a:5432' }, { host: '::1' }, { host: '/run/a:b' }]
    expect(problemsOf({ hosts })).toEqual([
      "hosts[0].host: a name or an address, and its port as port, not 'a:5432'",
    ])
  })
  it('name everything that is wrong with them', () => {
    const hosts = [
      {},
      { host: '', port: 0 },
      { host: 'a', port: '5432' },
      'b',
      { host: 'c', prt: 1 },
    ]
    expect(problemsOf({ hosts, targetSessionAttrs: 'prefer-standby' })).toEqual([
      "targetSessionAttrs: 'read-write' or 'primary' or 'standby' or 'any', not 'prefer-standby'",
      "hosts[3]: an object, not 'b'",
      'hosts[0].host: a text that is not empty, not undefined',
      "hosts[1].host: a text that is not empty, not ''",
      'hosts[1].port: a whole number from 1 to 65535, not 0',
      "hosts[2].port: a whole number from 1 to 65535, not '5432'",
      'hosts[3].host: a text that is not empty, not undefined',
      'hosts[4].prt: a known option, perhaps hosts[4].port, not 1',
    ])
    expect(problemsOf({ hosts: [] })).toEqual([
      'hosts: a list that is not empty, of at most 100, not an array',
    ])
  })
})
