import type { Socket } from 'node:net'
import { createFaultProxy, startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { pidOf } from './record-lease.ts'

let server: TestPostgres
let admin: pg.Client
beforeAll(async () => {
  server = await startPostgres()
  admin = new pg.Client({ connectionString: server.connectionString })
  await admin.connect()
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

type Scenario = (pool: pg.Pool) => Promise<unknown>

/** What `pool` emits in `scenario` and until it has ended: names, and whether an error came along. */
async function eventsOf(pool: pg.Pool, scenario: Scenario): Promise<string[]> {
  const seen: string[] = []
  pool.on('connect', (client) => void seen.push(named('connect', client)))
  pool.on('acquire', (client) => void seen.push(named('acquire', client)))
  pool.on('release', (error, client) => void seen.push(named('release', client, error)))
  pool.on('remove', (client) => void seen.push(named('remove', client)))
  pool.on('error', (error, client) => void seen.push(named('error', client, error)))
  await scenario(pool)
  if (!pool.ended) await pool.end()
  const countOf = (event: string): number => seen.filter((each) => each === event).length
  // pg.Pool ends before its last client has
  await waitFor(() => countOf('remove') === countOf('connect'), { describe: 'every removal' })
  return seen
}

function named(event: string, client: unknown, error?: unknown): string {
  if (!(client instanceof pg.Client)) return `${event} without a client`
  if (!error) return event
  const { code, message } = error as { code?: string; message?: string }
  return `${event}(${code ?? message ?? String(error)})`
}

function config(): pg.PoolConfig {
  const { host, port, user, password, database } = server
  return { host, port, user, password, database, max: 1 }
}
const vanilla = (scenario: Scenario): Promise<string[]> => eventsOf(new pg.Pool(config()), scenario)
const healthAware = (scenario: Scenario): Promise<string[]> =>
  eventsOf(new HealthAwarePool(config()) as pg.Pool, scenario)

/** Its socket, which pg's types do not tell of. */
function socketOf(client: pg.PoolClient): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream
}

/** Ends the backend, and waits until `client` has noticed. */
async function kill(client: pg.PoolClient): Promise<void> {
  const gone = new Promise((resolve) => client.once('end', resolve))
  await admin.query('select pg_terminate_backend($1)', [pidOf(client)])
  await gone
}

const success: Scenario = async (pool) => {
  await pool.query('select 1')
  const client = await pool.connect()
  await client.query('select 1')
  client.release()
}
const releaseWithError: Scenario = async (pool) => {
  const client = await pool.connect()
  client.release(new Error('mine'))
}
const releaseWithTrue: Scenario = async (pool) => {
  const client = await pool.connect()
  client.release(true)
}
const idleKilled: Scenario = async (pool) => {
  const client = await pool.connect()
  client.release()
  await kill(client)
  await waitFor(() => pool.totalCount === 0)
}
const idleReset: Scenario = async (pool) => {
  const proxy = await createFaultProxy(server)
  Object.assign((pool as unknown as { options: object }).options, { port: proxy.port })
  const client = await pool.connect()
  client.release()
  const gone = new Promise((resolve) => client.once('end', resolve))
  proxy.link(pidOf(client))?.reset()
  await gone
  await proxy.close()
}
const endedWhileIdle: Scenario = async (pool) => {
  const client = await pool.connect()
  client.release()
  await client.end()
}
const leasedKilled: Scenario = async (pool) => {
  const client = await pool.connect()
  client.on('error', () => {})
  await kill(client)
  client.release()
  await waitFor(() => pool.totalCount === 0)
}
const endedByApplication: Scenario = async (pool) => {
  const client = await pool.connect()
  await client.end()
  client.release()
  await waitFor(() => pool.totalCount === 0)
}
const endedWhileLeased: Scenario = async (pool) => {
  const client = await pool.connect()
  const ended = pool.end()
  client.release()
  await ended
}
const waiting: Scenario = async (pool) => {
  await Promise.all([pool.query('select 1'), pool.query('select 2')])
}
const refused: Scenario = async (pool) => {
  const { options } = pool as unknown as { options: pg.PoolConfig }
  options.password = 'wrong'
  await expect(pool.connect()).rejects.toMatchObject({ code: '28P01' })
}

const shared: readonly (readonly [string, Scenario])[] = [
  ['success', success],
  ['a release with an error', releaseWithError],
  ['a release with true', releaseWithTrue],
  ['an idle backend that is killed', idleKilled],
  ['an idle connection that is reset', idleReset],
  ['a leased backend that is killed', leasedKilled],
  ['a client that the application ended', endedByApplication],
  ['an end while a client is leased', endedWhileLeased],
  ['callers that wait for one another', waiting],
  ['a login that is refused', refused],
]

describe('the events of pg.Pool', () => {
  it.each(shared)('come in the same order for %s', async (_name, scenario) => {
    expect(await healthAware(scenario)).toEqual(await vanilla(scenario))
  })
  it('come in this order for success', async () => {
    const lease = ['acquire', 'release']
    expect(await healthAware(success)).toEqual(['connect', ...lease, ...lease, 'remove'])
  })
  it('tell an idle loss by the error of the backend, before the client is removed', async () => {
    expect(await healthAware(idleKilled)).toEqual([
      'connect',
      'acquire',
      'release',
      'error(57P01)',
      'remove',
    ])
  })
  it('tell that the application ended an idle client, which pg.Pool lends on', async () => {
    const expected = ['connect', 'acquire', 'release', 'remove']
    expect(await healthAware(endedWhileIdle)).toEqual(expected)
  })
  it('tell a leased loss to its holder alone', async () => {
    expect(await healthAware(leasedKilled)).toEqual(['connect', 'acquire', 'release', 'remove'])
  })
  it('keep the connection through an SQL error, where pg.Pool closes it', async () => {
    const failing: Scenario = async (pool) => {
      for (let n = 0; n < 2; n += 1) {
        await expect(pool.query('select 1/0')).rejects.toMatchObject({ code: '22012' })
      }
    }
    const closing = ['connect', 'acquire', 'release(22012)', 'remove']
    expect(await vanilla(failing)).toEqual([...closing, ...closing])
    const keeping = ['acquire', 'release', 'acquire', 'release']
    expect(await healthAware(failing)).toEqual(['connect', ...keeping, 'remove'])
  })
  it('carry the error of a pool.query that ended its session, as in pg.Pool', async () => {
    const fatal: Scenario = async (pool) => {
      const suicide = pool.query('select pg_terminate_backend(pg_backend_pid())')
      await expect(suicide).rejects.toMatchObject({ code: '57P01' })
      await waitFor(() => pool.totalCount === 0)
    }
    const seen = await healthAware(fatal)
    expect(seen).toEqual(await vanilla(fatal))
    expect(seen).toEqual(['connect', 'acquire', 'release(57P01)', 'remove'])
  })
  it('come before the goodbye to the server, where the client that fails is idle', async () => {
    const pool = new HealthAwarePool(config())
    const client = await pool.connect()
    client.release()
    const ended = new Promise((resolve) => {
      pool.once('error', () => socketOf(client).once('end', resolve))
    })
    client.emit('error', new Error('on purpose'))
    expect(pool.totalCount).toBe(0)
    await ended // by the server, which was told
    await pool.end()
  })
  it('emit nothing more once the pool has ended', async () => {
    const pool = new HealthAwarePool(config())
    const seen = await eventsOf(pool as pg.Pool, success)
    const { length } = seen
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'HALE_POOL_CLOSED' })
    expect(seen).toHaveLength(length)
  })
})
