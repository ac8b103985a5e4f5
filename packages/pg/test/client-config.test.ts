import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { clientConfig } from '../src/client-config.ts'

const connectionString = 'postgresql://ann:s%40crets@first:6432/books?application_name=shop'

/** What pg makes of a config. */
function dialled(config: pg.ClientConfig): object {
  const { host, port, user, password, database, ssl } = new pg.Client(config)
  return { host, port, user, password, database, ssl }
}

describe('clientConfig', () => {
  it('is the pool’s own options where nothing is to differ', () => {
    const options = { connectionString, host: 'other' }
    expect(clientConfig(options)).toBe(options)
    expect(clientConfig(options, {})).toBe(options)
    expect(clientConfig(options, { host: undefined, port: undefined })).toBe(options)
  })
  it('dials another host with everything else that the connection string says', () => {
    const config = clientConfig({ connectionString }, { host: 'second', port: 7_432 })
    expect(dialled(config)).toEqual({
      ...dialled({ connectionString }),
      host: 'second',
      port: 7_432,
    })
  })
  it('keeps the port of the connection string where none is given', () => {
    expect(dialled(clientConfig({ connectionString }, { host: 'second' }))).toMatchObject({
      host: 'second',
      port: 6_432,
    })
  })
  it('keeps host and port where only the name of the application differs', () => {
    const config = clientConfig({ connectionString }, { application_name: 'watcher' })
    expect(dialled(config)).toEqual(dialled({ connectionString }))
    expect(config.application_name).toBe('watcher')
  })
  it('reads ssl out of the connection string', () => {
    const secured = `${connectionString}&sslmode=no-verify`
    expect(clientConfig({ connectionString: secured }, { host: 'second' }).ssl).toEqual({
      rejectUnauthorized: false,
    })
  })
  it('lets the connection string win over other options, as pg does', () => {
    const options = { connectionString: 'postgresql://first/books', user: 'bob', password: 'own' }
    const { user, password } = new pg.Client(options)
    expect(dialled(clientConfig(options, { host: 'second' }))).toMatchObject({ user, password })
  })
  it('keeps a password that pg has hidden, or that is a function, and hides it', () => {
    const password = (): string => 'fresh'
    const { options } = new pg.Pool({ user: 'ann', password })
    const config = clientConfig(options, { host: 'second' })
    expect(config.password).toBe(password)
    expect(Object.keys(config)).not.toContain('password')
  })
  it('hides the password of a connection string', () => {
    const config = clientConfig({ connectionString }, { host: 'second' })
    expect(config.password).toBe('s@crets')
    expect(JSON.stringify(config)).not.toContain('s@crets')
    expect(config.connectionString).toBeUndefined()
  })
  it('keeps what it does not know, by identity', () => {
    const stream = (): never => {
      throw new Error('not dialled')
    }
    const ssl = { rejectUnauthorized: false }
    const config = clientConfig({ stream, ssl, keepAlive: true }, { host: 'second' })
    expect(config).toMatchObject({ stream, keepAlive: true })
    expect(config.ssl).toBe(ssl)
  })
  it('tells of a connection string that cannot be read without repeating it', () => {
    const wrong = { connectionString: 'postgresql://ann:secret@host:not-a-port/books' }
    expect(() => clientConfig(wrong, { host: 'second' })).toThrow(TypeError)
    expect(() => clientConfig(wrong, { host: 'second' })).not.toThrow(/secret/)
  })
})
