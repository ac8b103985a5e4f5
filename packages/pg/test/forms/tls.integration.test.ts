import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { startPostgres, type TestPostgres } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { cleanedLease, cleanLease, quietHealth, recordLease } from './record-lease.ts'

/** The server's certificate is signed by `ca.crt`, for 127.0.0.1 and localhost; made for these tests alone. */
const read = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8')
const ca = read('ca.crt')

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres({
    ignoreEnvironment: true,
    settings: { ssl: 'on' },
    files: { 'server.crt': read('server.crt'), 'server.key': read('server.key') },
  })
})
afterAll(() => server?.stop())

function createPool(options: HealthAwarePoolOptions): HealthAwarePool {
  return new HealthAwarePool({
    connectionString: server.connectionString,
    max: 1,
    health: quietHealth,
    ...options,
  })
}

const tlsInUse = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'

/** A statement that would outlast the test, were it not cancelled. */
const sleep = (client: pg.PoolClient): void => {
  client.query('select pg_sleep(3600)').catch(() => {})
}

const negotiations: readonly (readonly [string, HealthAwarePoolOptions])[] = [
  ['asked for in the protocol', { ssl: { ca } }],
  ['negotiated directly', { ssl: { ca }, sslnegotiation: 'direct' }],
]

describe.each(negotiations)('TLS %s', (_name, options) => {
  it('carries statements, which the tap sees', async () => {
    await using pool = createPool(options)
    const used = await recordLease(pool, async (client) => {
      expect((await client.query(tlsInUse)).rows).toEqual([{ ssl: true }])
    })
    expect(used).toEqual(cleanLease)
    expect(pool.snapshot().connections[0]?.metrics.bytesReadTotal).toBeGreaterThan(0)
  })
  it('carries the cancel of what is running at release', async () => {
    await using pool = createPool(options)
    const used = await recordLease(pool, sleep)
    expect(used).toEqual(cleanedLease)
  })
  it('lets a host name be verified, for the cancel too', async () => {
    await using pool = createPool({ ...options, connectionString: viaLocalhost() })
    const used = await recordLease(pool, sleep)
    expect(used).toEqual(cleanedLease)
  })
})

/** Passes on only what begins with a TLS handshake, as routers by server name do. */
async function createTlsRouter(): Promise<Server> {
  const router = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (hello) => {
      if (hello[0] !== 0x16) return void socket.destroy()
      const upstream = connect(server.port, server.host)
      upstream.on('error', () => {})
      upstream.on('close', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
      upstream.write(hello)
      socket.pipe(upstream).pipe(socket)
    })
  })
  await new Promise<void>((resolve) => router.listen(0, '127.0.0.1', resolve))
  return router
}

it('carries the cancel through a router that takes nothing but TLS', async () => {
  await using router = await createTlsRouter()
  const { port } = router.address() as AddressInfo
  const connectionString = server.connectionString.replace(`:${server.port}/`, `:${port}/`)
  await using pool = createPool({ connectionString, ssl: { ca }, sslnegotiation: 'direct' })
  const used = await recordLease(pool, sleep)
  expect(used).toEqual(cleanedLease)
})

/** The certificate names it; IPv4, because the server listens there alone. */
function viaLocalhost(): string {
  const url = new URL(server.connectionString)
  url.hostname = 'localhost'
  return url.href
}

/** What bare pg says of the same options. */
async function errorOfPg(options: pg.ClientConfig): Promise<{ message: string; code?: string }> {
  const client = new pg.Client({ connectionString: server.connectionString, ...options })
  const error: { message: string; code?: string } = await client.connect().then(
    () => new Error('it was expected to fail'),
    (reason) => reason,
  )
  await client.end()
  return error
}

describe('TLS that cannot be had', () => {
  const refused: readonly (readonly [string, HealthAwarePoolOptions, string])[] = [
    ['an unknown CA', { ssl: { ca: read('other-ca.crt') } }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['no CA', { ssl: true }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['a name that the certificate has not', { ssl: { ca, servername: 'db.example' } }, ''],
    ['a CA that is no certificate', { ssl: { ca: 'nonsense' } }, ''],
  ]
  it.each(refused)('for %s rejects at once in the words of Node', async (_name, options, code) => {
    const own = await errorOfPg(options as pg.ClientConfig)
    if (code !== '') expect(own).toMatchObject({ code })
    await using pool = createPool(options)
    const { message } = own
    const expected = { message, ...('code' in own && { code: own.code }) }
    await expect(pool.query('select 1')).rejects.toMatchObject(expected)
    expect(pool.totalCount).toBe(0)
    expect(pool.snapshot().server.openingFailures).toBe(1) // not one attempt after another
  })
  it('from a server without it rejects at once in the words of pg', async () => {
    await using plain = await startPostgres({ ignoreEnvironment: true })
    await using pool = new HealthAwarePool({
      connectionString: plain.connectionString,
      ssl: { ca },
      max: 1,
    })
    await expect(pool.query('select 1')).rejects.toThrow(
      'The server does not support SSL connections',
    )
    expect(pool.snapshot().server.openingFailures).toBe(1)
  })
})
