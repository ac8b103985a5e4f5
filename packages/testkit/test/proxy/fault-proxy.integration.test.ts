import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createFaultProxy,
  type FaultLink,
  type FaultProxy,
  startPostgres,
  type TestPostgres,
  waitFor,
} from '../../src/index.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 }) // a busy machine starts servers slowly

let postgres: TestPostgres
let proxy: FaultProxy
let statements: string[]

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())
beforeEach(async () => {
  statements = []
  proxy = await createFaultProxy(postgres, { onStatement: (_link, text) => statements.push(text) })
})
afterEach(async () => {
  await proxy.close()
})

interface Session {
  readonly client: pg.Client
  readonly link: FaultLink
  readonly processId: number
  readonly errors: Error[]
}

/** A logged-in client and its link, found by the pid that the server itself tells. */
async function openSession(): Promise<Session> {
  const client = new pg.Client({
    connectionString: proxy.connectionString(postgres.connectionString),
  })
  const errors: Error[] = []
  client.on('error', (error) => errors.push(error))
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const processId = rows[0]?.pid ?? 0
  const link = proxy.link(processId)
  if (link === undefined) throw new Error(`no link for pid ${processId}`)
  return { client, link, processId, errors }
}

const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = Symbol('pending')
  const first = await Promise.race([
    promise.catch(() => undefined),
    new Promise((r) => setImmediate(() => r(pending))),
  ])
  return first !== pending
}
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
const countBackends = async (processId: number): Promise<number> => {
  const client = new pg.Client({ connectionString: postgres.connectionString })
  await client.connect()
  const { rowCount } = await client.query('select from pg_stat_activity where pid = $1', [
    processId,
  ])
  await client.end()
  return rowCount ?? 0
}

describe('FaultProxy', () => {
  it('passes everything on without faults, large results too', async () => {
    const { client, link } = await openSession()
    const text = 'x'.repeat(3_000_000)
    const { rows } = await client.query<{ echo: string }>('select $1::text as echo', [text])
    expect(rows[0]?.echo === text).toBe(true)
    expect(link.bytesUp).toBeGreaterThan(text.length)
    expect(link.bytesDown).toBeGreaterThan(text.length)
    expect(proxy.counters.bytesUp).toBe(link.bytesUp)
  })

  it('tells the links apart by pid', async () => {
    const [first, second] = [await openSession(), await openSession()]
    expect(proxy.links.map((link) => link.processId)).toEqual([first.processId, second.processId])
    expect(proxy.links.map((link) => link.id)).toEqual([1, 2])
    expect(proxy.link(0)).toBeUndefined()
  })

  it('forgets a link that both ends have closed, and keeps its counts', async () => {
    const { client, link } = await openSession()
    await client.end()
    await waitFor(() => link.closed, { describe: 'the link to close' })
    expect(proxy.links).toEqual([])
    expect(proxy.counters).toMatchObject({ accepted: 1, refused: 0, query: 1 })
  })

  it('counts and shows the statements on the wire', async () => {
    const { client, link } = await openSession()
    await client.query("select 'simple'")
    await client.query('select $1::int', [1])
    await client.query({ name: 'named', text: 'select $1::text', values: ['a'] })
    await client.query({ name: 'named', text: 'select $1::text', values: ['b'] })
    expect(statements).toEqual([
      'select pg_backend_pid() as pid',
      "select 'simple'",
      'select $1::int',
      'select $1::text',
    ])
    expect(link.statements).toEqual({ query: 2, parse: 2, bind: 3, execute: 3 })
  })

  it('counts a statement that a frozen link swallows', async () => {
    const { client, link } = await openSession()
    link.freeze()
    const lost = client.query('select 1').catch((error: Error) => error)
    await waitFor(() => statements.includes('select 1'), { describe: 'the statement to arrive' })
    link.reset()
    expect(await lost).toBeInstanceOf(Error)
    expect(proxy.counters.query).toBe(2)
  })

  it('passes cancel requests through', async () => {
    const { client, processId } = await openSession()
    const sleeping = client
      .query('select pg_sleep(60)')
      .catch((error: pg.DatabaseError) => error.code)
    await waitFor(() => statements.includes('select pg_sleep(60)'))
    const canceller = new pg.Client(
      proxy.connectionString(postgres.connectionString),
    ) as pg.Client & {
      connection: {
        cancel(processId: number, secretKey: number): void
        connect(port: number, host: string): void
        on(name: string, listener: () => void): void
      }
    }
    const { secretKey } = client as unknown as { secretKey: number }
    canceller.connection.on('connect', () => canceller.connection.cancel(processId, secretKey))
    canceller.connection.connect(proxy.port, proxy.host)
    expect(await sleeping).toBe('57014')
    expect(proxy.counters.cancelRequests).toBe(1)
    await waitFor(() => proxy.links.length === 1, { describe: 'the cancel link to close' })
  })
})

describe('delay', () => {
  it('adds at least its ms to a round trip, and restore takes it away', async () => {
    const { client, link } = await openSession()
    link.delay(80)
    expect(await timed(() => client.query('select 1'))).toBeGreaterThanOrEqual(80)
    link.delay(3_600_000)
    link.restore()
    await client.query('select 1') // within the test's own bound, far below the hour
  })

  it('concerns its own link only', async () => {
    const [slow, quick] = [await openSession(), await openSession()]
    slow.link.delay(60_000)
    const waiting = slow.client.query('select 1').catch(() => {})
    await quick.client.query('select 1')
    expect(await isSettled(waiting)).toBe(false)
    slow.link.reset()
    await waiting
  })

  it('holds for links that open later when set for all', async () => {
    proxy.all.delay(30)
    const { client } = await openSession()
    expect(await timed(() => client.query('select 1'))).toBeGreaterThanOrEqual(30)
  })

  it('refuses a negative time', async () => {
    expect(() => proxy.all.delay(-1)).toThrow(
      'expected `ms` to be a finite number of at least 0, got -1',
    )
  })
})

describe('freeze', () => {
  it('lets a query hang without closing anything, and thaw lets it finish', async () => {
    const { client, link, errors } = await openSession()
    link.freeze()
    const query = client.query('select 41 + 1 as answer')
    const other = await openSession() // a whole login passes meanwhile
    await other.client.query('select 1')
    expect(await isSettled(query)).toBe(false)
    link.thaw()
    expect((await query).rows).toEqual([{ answer: 42 }])
    expect(errors).toEqual([])
  })

  it('hides the end of the client from the server until thaw', async () => {
    const { client, link, processId } = await openSession()
    link.freeze()
    ;(
      client as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy()
    await waitFor(() => link.clientClosed, { describe: 'the proxy to see the client go' })
    expect(await countBackends(processId)).toBe(1)
    link.thaw()
    await waitFor(async () => (await countBackends(processId)) === 0, {
      describe: 'the backend to end',
    })
    await waitFor(() => link.closed, { describe: 'the link to close' })
  })

  it('hides the end of the backend from the client until thaw', async () => {
    const { client, link, processId, errors } = await openSession()
    const other = await openSession()
    link.freeze()
    await other.client.query('select pg_terminate_backend($1, 5000)', [processId])
    await other.client.query('select 1')
    expect(errors).toEqual([])
    link.thaw()
    await waitFor(() => errors.length > 0, { describe: 'the client to learn of it' })
    expect((errors[0] as pg.DatabaseError).code).toBe('57P01')
    await client.end()
  })

  it('makes a login hang when set for all', async () => {
    proxy.all.freeze()
    const login = openSession()
    const link = await waitFor(() => proxy.links[0])
    for (let logins = 0; logins < 3; logins++) await countBackends(0) // meanwhile, past the proxy
    expect([link.bytesUp, link.bytesDown]).toEqual([0, 0])
    proxy.all.thaw()
    await login
  })
})

describe('reset', () => {
  it('gives the client ECONNRESET', async () => {
    const { client, link } = await openSession()
    const query = client
      .query('select pg_sleep(60)')
      .catch((error: NodeJS.ErrnoException) => error.code)
    await waitFor(() => statements.includes('select pg_sleep(60)'))
    link.reset()
    expect(await query).toBe('ECONNRESET')
    await waitFor(() => link.closed)
  })

  it('reaches through a frozen link', async () => {
    const { link, errors } = await openSession()
    link.freeze()
    link.reset()
    await waitFor(() => errors.length > 0, { describe: 'the client to be reset' })
    expect((errors[0] as NodeJS.ErrnoException).code).toBe('ECONNRESET')
  })
})

describe('refuse', () => {
  it('gives new clients ECONNREFUSED, spares open ones, and opens the same port again', async () => {
    const { client } = await openSession()
    const { port } = proxy
    await proxy.refuse()
    await expect(openSession()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await client.query('select 1')
    await proxy.refuse(false)
    await openSession()
    expect(proxy.port).toBe(port)
  })

  it('resets new connections when set for all', async () => {
    proxy.all.refuse()
    await expect(openSession()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(proxy.counters).toMatchObject({ accepted: 1, refused: 1 })
    proxy.all.refuse(false)
    await openSession()
  })
})

describe('halfClose', () => {
  it('ends the connection for the client while the server keeps its side until the client leaves', async () => {
    const { link, errors } = await openSession()
    link.halfClose()
    await waitFor(() => errors.length > 0, { describe: 'the client to see the end' })
    expect(errors[0]?.message).toBe('Connection terminated unexpectedly')
    await waitFor(() => link.closed)
  })
})

describe('throttle', () => {
  it('passes no more than its rate', async () => {
    const { client, link } = await openSession()
    link.throttle(100_000)
    const ms = await timed(() => client.query("select repeat('x', 30000)"))
    expect(ms).toBeGreaterThanOrEqual(250)
    link.throttle(1)
    link.throttle(false)
    await client.query("select repeat('x', 30000)") // at 1 byte a second it would take hours
  })
})

describe('dropAfter', () => {
  it('passes exactly its bytes down and then resets', async () => {
    const { client, link } = await openSession()
    const before = link.bytesDown
    link.dropAfter(1_000)
    const query = client
      .query("select repeat('x', 30000)")
      .catch((error: NodeJS.ErrnoException) => error.code)
    expect(await query).toBe('ECONNRESET')
    expect(link.bytesDown - before).toBe(1_000)
  })

  it('freezes instead when asked to, and thaw passes the rest', async () => {
    const { client, link } = await openSession()
    const before = link.bytesUp
    link.dropAfter(7, 'up', 'freeze')
    const query = client.query('select 1')
    await waitFor(() => link.bytesUp - before === 7)
    expect(await isSettled(query)).toBe(false)
    link.thaw()
    await query
  })
})

describe('an upstream that cannot be reached', () => {
  it('is a plain end to the client', async () => {
    const closed = await createFaultProxy(postgres)
    await closed.close()
    proxy.setUpstream({ host: '127.0.0.1', port: closed.port })
    await expect(openSession()).rejects.toThrow('Connection terminated unexpectedly')
    await waitFor(() => proxy.links.length === 0)
    proxy.setUpstream(postgres)
    await openSession()
  })
})
