import { Socket } from 'node:net'
import { createFaultProxy, startPostgres, type TestPostgres } from '@hale/testkit'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { cleanedLease, cleanLease, quietHealth, recordLease } from './record-lease.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres({
    ignoreEnvironment: true,
    settings: { unix_socket_directories: '.' }, // of the data folder
  })
})
afterAll(() => server?.stop())

function createPool(options: HealthAwarePoolOptions = {}): HealthAwarePool {
  return new HealthAwarePool({
    connectionString: server.connectionString,
    max: 1,
    health: quietHealth,
    ...options,
  })
}

/** A statement that would outlast the test, were it not cancelled. */
const sleep = (client: pg.PoolClient): void => {
  client.query('select pg_sleep(3600)').catch(() => {})
}

describe('a Unix socket', () => {
  const overSocket = (): HealthAwarePool => {
    const { dataDir, port, user, password, database } = server
    return new HealthAwarePool({
      host: dataDir as string,
      port,
      user,
      password,
      database,
      max: 1,
      health: quietHealth,
    })
  }
  it('carries statements', async () => {
    await using pool = overSocket()
    const used = await recordLease(pool, async (client) => {
      const { rows } = await client.query('select inet_client_addr() as address')
      expect(rows).toEqual([{ address: null }])
    })
    expect(used).toEqual(cleanLease)
  })
  it('carries the cancel of what is running at release', async () => {
    await using pool = overSocket()
    const used = await recordLease(pool, sleep)
    expect(used).toEqual(cleanedLease)
  })
  it('that is not there is an error of the server, not of a statement', async () => {
    const { port, user, password, database } = server
    await using pool = new HealthAwarePool({
      host: '/nowhere-at-all',
      port,
      user,
      password,
      database,
      connectionTimeoutMillis: 400,
    })
    await expect(pool.query('select 1')).rejects.toMatchObject({
      reason: 'server-down',
      cause: { code: 'ENOENT' },
    })
  })
})

describe('a stream factory', () => {
  it('makes the socket of each client, which the tap watches', async () => {
    const sockets: Socket[] = []
    await using pool = createPool({
      max: 2,
      stream: () => {
        const socket = new Socket()
        sockets.push(socket)
        return socket
      },
    })
    const clients = await Promise.all([pool.connect(), pool.connect()])
    for (const client of clients) client.release()
    expect(sockets).toHaveLength(2)
    const [first] = pool.snapshot().connections
    await pool.query('select 1')
    const bytes = pool.snapshot().connections.map(({ metrics }) => metrics.bytesReadTotal)
    expect(bytes.toSorted()).toEqual(sockets.map(({ bytesRead }) => bytesRead).toSorted())
    expect(first?.metrics.bytesWrittenTotal).toBeGreaterThan(0)
  })
  it('may lead elsewhere than the address says, for the cancel too', async () => {
    await using proxy = await createFaultProxy(server)
    const leadAstray = (): Socket => {
      const socket = new Socket()
      const connect = socket.connect.bind(socket) as (port: number, host: string) => Socket
      socket.connect = (() => connect(proxy.port, proxy.host)) as Socket['connect']
      return socket
    }
    await using pool = createPool({
      connectionString: server.connectionString.replace(`:${server.port}/`, ':9/'),
      stream: leadAstray,
    })
    const used = await recordLease(pool, sleep)
    expect(used).toEqual(cleanedLease)
    expect(proxy.counters.cancelRequests).toBe(1)
  })
})

describe('startup parameters', () => {
  it('reach the backend: options.statement_timeout and its like', async () => {
    await using pool = createPool({
      statement_timeout: 1_234,
      lock_timeout: 2_345,
      idle_in_transaction_session_timeout: 3_456,
      application_name: 'forms',
      options: '-c work_mem=5MB',
    })
    const { rows } = await pool.query(
      "select name, setting from pg_settings where source = 'client' and name <> 'client_encoding'",
    )
    const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
    expect(settings).toMatchObject({
      statement_timeout: '1234',
      lock_timeout: '2345',
      idle_in_transaction_session_timeout: '3456',
      application_name: 'forms',
      work_mem: '5120',
    })
  })
  it('that time a statement out leave a clean client', async () => {
    await using pool = createPool({ statement_timeout: 1_000 })
    const used = await recordLease(pool, (client) =>
      expect(client.query('select pg_sleep(3600)')).rejects.toMatchObject({ code: '57014' }),
    )
    expect(used).toEqual({ ...cleanLease, idleAtOnce: expect.any(Boolean) })
  })
  it('that end an idle transaction tell its holder, and free the slot', async () => {
    await using pool = createPool({ idle_in_transaction_session_timeout: 100 })
    const client = await pool.connect()
    const lost = new Promise<Error>((resolve) => client.once('error', resolve))
    await client.query('begin')
    expect(await lost).toMatchObject({ code: '25P03' })
    client.release()
    expect((await pool.query('select 4 as four')).rows).toEqual([{ four: 4 }])
    expect(pool.totalCount).toBe(1)
  })
  it('that the server does not know reject at once in its words', async () => {
    await using pool = createPool({ options: '-c no_such_setting=1' })
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: '42704' })
    expect(pool.snapshot().server.openingFailures).toBe(1)
  })
})

describe('client options', () => {
  it('types read the results of every client', async () => {
    const types = { getTypeParser: () => (text: string) => `raw ${text}` }
    await using pool = createPool({ types } as unknown as HealthAwarePoolOptions)
    expect((await pool.query('select 4 as four')).rows).toEqual([{ four: 'raw 4' }])
    const client = await pool.connect()
    expect((await client.query('select 4 as four')).rows).toEqual([{ four: 'raw 4' }])
    client.release()
    expect(pool.idleCount).toBe(1)
  })
  it('binary transfers results as the server has them', async () => {
    await using pool = createPool({ binary: true } as HealthAwarePoolOptions)
    const used = await recordLease(pool, async (client) => {
      const { rows } = await client.query('select $1::int4 as four, $2::int8 as big', [4, 5])
      expect(rows).toEqual([{ four: 4, big: '5' }])
    })
    expect(used).toEqual(cleanLease)
  })
  it('query_timeout gives up in pg’s words, and the statement is cancelled at release', async () => {
    await using pool = createPool({ query_timeout: 1_000 })
    const used = await recordLease(pool, (client) =>
      expect(client.query('select pg_sleep(3600)')).rejects.toThrow('Query read timeout'),
    )
    expect(used).toEqual(cleanedLease)
  })
})
