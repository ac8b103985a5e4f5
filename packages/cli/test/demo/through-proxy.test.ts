import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import type { WireProxy } from '../../src/demo/proxy/wire-proxy.ts'
import { throughProxy } from '../../src/demo/through-proxy.ts'

const proxy = { host: '127.0.0.1', port: 4_000 } as WireProxy
const target = { host: 'db.example', port: 5_432 }

describe('throughProxy', () => {
  it('changes the address, and nothing else', () => {
    const connectionString = 'postgres://ann:secret@db.example/shop'
    const { host, port, user, password, database, ssl } = throughProxy(
      { connectionString },
      proxy,
      target,
    )
    expect({ host, port, user, password, database, ssl }).toEqual({
      ...{ host: '127.0.0.1', port: 4_000 },
      ...{ user: 'ann', password: 'secret', database: 'shop', ssl: undefined },
    })
  })

  it.each([
    ['a URL', { connectionString: 'postgres://db.example/shop?sslmode=verify-full' }],
    ['an option', { host: 'db.example', ssl: true }],
  ])('has the certificate name the server and not the proxy, with TLS by %s', (_by, config) => {
    const ssl = tlsOf(throughProxy(config, proxy, target).ssl)
    expect(ssl.servername).toBe('db.example')
    expect(ssl.checkServerIdentity('127.0.0.1', certificateOf('db.example'))).toBeUndefined()
    expect(ssl.checkServerIdentity('127.0.0.1', certificateOf('127.0.0.1'))).toBeInstanceOf(Error)
  })

  it('keeps what the application says of certificates', () => {
    const config = { host: 'db.example', ssl: { rejectUnauthorized: false, ca: 'ours' } }
    expect(throughProxy(config, proxy, target).ssl).toMatchObject(config.ssl)
  })

  it('asks for no name where the server is an address', () => {
    const ssl = tlsOf(throughProxy({ ssl: true }, proxy, { host: '10.0.0.1', port: 5_432 }).ssl)
    expect(ssl.servername).toBeUndefined()
  })
})

type Certificate = ReturnType<TLSSocket['getPeerCertificate']>

interface Tls {
  readonly servername?: string
  checkServerIdentity(host: string, certificate: Certificate): Error | undefined
}

function tlsOf(ssl: unknown): Tls {
  return ssl as Tls
}

function certificateOf(name: string): Certificate {
  return { subject: { CN: name }, subjectaltname: `DNS:${name}` } as Certificate
}
