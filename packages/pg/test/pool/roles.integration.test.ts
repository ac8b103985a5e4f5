import dns from 'node:dns'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import {
  startPostgres,
  startStandby,
  type TestPostgres,
  type TestStandby,
  waitFor,
} from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  HealthAwarePool,
  type HealthAwarePoolOptions,
  type TargetSessionAttrs,
} from '../../src/index.ts'

let primary: TestPostgres
let standby: TestStandby
const started: AsyncDisposable[] = []

function begun<Server extends AsyncDisposable>(server: Server): Server {
  started.push(server)
  return server
}

beforeAll(async () => {
  primary = begun(await startPostgres({ ignoreEnvironment: true }))
  standby = begun(await startStandby(primary))
}, 120_000)
afterAll(async () => {
  for (const server of started.reverse()) await server[Symbol.asyncDispose]()
}, 60_000)

function addressOf({ host, port }: TestPostgres): { host: string; port: number } {
  return { host, port }
}

function createPool(
  servers: readonly TestPostgres[],
  options: HealthAwarePoolOptions = {},
): HealthAwarePool {
  const [{ user, password, database } = primary] = servers
  return new HealthAwarePool({
    user,
    password,
    database,
    hosts: servers.map(addressOf),
    max: 3,
    ...options,
  })
}

async function portOf(pool: HealthAwarePool): Promise<number> {
  const { rows } = await pool.query<{ port: string }>("select current_setting('port') as port")
  return Number(rows[0]?.port)
}

async function onServer(server: TestPostgres, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.connectionString })
  client.on('error', () => {}) // a server that stops tells us so
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

describe('several hosts', () => {
  const cases: readonly (readonly [TargetSessionAttrs, 'primary' | 'standby'])[] = [
    ['any', 'standby'], // the first that answers
    ['standby', 'standby'],
    ['primary', 'primary'],
    ['read-write', 'primary'],
  ]
  it.each(cases)('with %s are searched in their order: the %s is taken', async (wanted, found) => {
    await using pool = createPool([standby, primary], { targetSessionAttrs: wanted })
    expect(await portOf(pool)).toBe((found === 'primary' ? primary : standby).port)
    expect(pool.snapshot().issues).toEqual([])
  })
  it('go with a connection string, whose host they replace', async () => {
    const { user, password } = primary
    const connectionString = `postgresql://${user}:${password}@no-such-host.invalid:1/postgres`
    await using pool = new HealthAwarePool({
      connectionString,
      hosts: [addressOf(standby), addressOf(primary)],
      targetSessionAttrs: 'read-write',
    })
    expect(await portOf(pool)).toBe(primary.port)
  })
  it('leave the address of the one that was reached in the options, for clients beside the pool', async () => {
    await using pool = createPool([standby, primary], { targetSessionAttrs: 'primary' })
    expect(pool.options).toMatchObject(addressOf(standby))
    await pool.query('select 1')
    // as kysely opens the client that cancels a query
    const control = new pool.Client({ ...pool.options, password: pool.options.password })
    await control.connect()
    const { rows } = await control.query("select current_setting('port') as port")
    await control.end()
    expect(rows).toEqual([{ port: String(primary.port) }])
  })
  it('of which none fits: callers keep their deadline, and are told what was found where', async () => {
    await using pool = createPool([standby], {
      targetSessionAttrs: 'read-write',
      connectionTimeoutMillis: 500,
    })
    await expect(pool.query('select 1')).rejects.toMatchObject({
      code: 'HALE_ACQUIRE_TIMEOUT',
      reason: 'server-down',
      cause: {
        code: 'HALE_SERVER_UNAVAILABLE',
        message: `wrong role: 127.0.0.1:${standby.port} is a standby, where read-write is wanted`,
      },
    })
    expect(pool.snapshot().issues).toMatchObject([{ type: 'wrong_role', scope: 'server' }])
  })
})

describe('a write on a standby', () => {
  it('is the statement’s own fault where a standby is wanted', async () => {
    await using pool = createPool([standby], { targetSessionAttrs: 'standby' })
    await expect(pool.query('create table t (id int)')).rejects.toMatchObject({ code: '25006' })
    await pool.query('select 1')
    const { totals, issues } = pool.snapshot()
    expect([totals.opened, totals.recycles.role, issues]).toEqual([1, 0, []])
  })
  it('evicts the connection where any server is taken', async () => {
    await using pool = createPool([standby])
    await expect(pool.query('create table t (id int)')).rejects.toMatchObject({ code: '25006' })
    await waitFor(() => pool.snapshot().totals.recycles.role === 1)
  })
})

describe('a server that becomes read-only', () => {
  it('is noticed on the next answer of each connection, and found back when it is over', async () => {
    await using pool = createPool([primary], { targetSessionAttrs: 'read-write' })
    const clients = [await pool.connect(), await pool.connect()]
    for (const client of clients) client.release()
    expect(pool.idleCount).toBe(2)
    await onServer(
      primary,
      'alter system set default_transaction_read_only = on',
      'select pg_reload_conf()',
    )
    try {
      const evicted: unknown[] = []
      pool.monitor.on('connection:evicted', ({ cause }) => void evicted.push(cause))
      // whichever answers first casts doubt on the other
      await waitFor(async () => {
        if (evicted.length >= 2) return true
        pool.query('select 1').catch(() => {}) // told of its own deadline at the latest
        return false
      })
      expect(evicted).toEqual(['role', 'role'])
      // all that were asked may have been answered before: only who asks now has a connection opened
      await waitFor(() => {
        pool.query('select 1').catch(() => {})
        return pool.snapshot().issues.some(({ scope }) => scope === 'server')
      })
    } finally {
      await onServer(
        primary,
        'set default_transaction_read_only = off',
        'alter system reset default_transaction_read_only',
        'select pg_reload_conf()',
      )
    }
    const resumed = performance.now()
    await pool.query('create temporary table t (id int)')
    expect(performance.now() - resumed).toBeLessThan(2_000)
    expect(pool.snapshot().issues).toEqual([])
  })
})

describe('a promotion', () => {
  it('moves a pool that works to the new primary: writes go on within 2 s of it accepting them', async ({
    annotate,
  }) => {
    const old = begun(await startPostgres({ ignoreEnvironment: true }))
    const next = begun(await startStandby(old))
    await onServer(old, 'create table written (id int primary key)')
    await using pool = createPool([old, next], { targetSessionAttrs: 'read-write' })
    await using readers = createPool([next], { targetSessionAttrs: 'standby' })
    await readers.query('select 1')
    readers.options.connectionTimeoutMillis = 500 // not for the opening
    const stop = new AbortController()
    const acknowledged: { readonly id: number; readonly at: number }[] = []
    const writer = async (first: number): Promise<void> => {
      for (let id = first; !stop.signal.aborted; id += 4) {
        try {
          await pool.query('insert into written values ($1)', [id])
          acknowledged.push({ id, at: performance.now() })
        } catch {
          // not acknowledged, and not tried again
        }
      }
    }
    const writers = [0, 1, 2, 3].map((first) => writer(first))
    await waitFor(() => acknowledged.length > 50)
    await old.stop()
    await delay(1_500) // the outage before somebody promotes
    await next.promote()
    const promotedAt = performance.now()
    const isAfter = ({ at }: { at: number }): boolean => at > promotedAt
    await waitFor(() => acknowledged.some(isAfter))
    stop.abort()
    await Promise.all(writers)
    const resumedMs = (acknowledged.find(isAfter)?.at ?? Number.POSITIVE_INFINITY) - promotedAt
    await annotate(`writes resumed ${Math.round(resumedMs)} ms after the promotion`)
    expect(resumedMs).toBeLessThan(2_000)
    const { rows } = await pool.query<{ id: number }>('select id from written')
    const kept = new Set(rows.map(({ id }) => id))
    const isLost = ({ id, at }: { id: number; at: number }): boolean =>
      at > promotedAt && !kept.has(id)
    expect(acknowledged.filter(isLost)).toEqual([])
    // the readers’ connection says that it is no standby any more
    await expect(readers.query('select 1')).rejects.toMatchObject({ cause: { found: 'primary' } })
    expect(readers.snapshot().totals.recycles.role).toBe(1)
  }, 60_000)
})

describe('a name', () => {
  it('is resolved anew at each opening, so that a server lost is left for its successor', async () => {
    const first = begun(await startPostgres({ ignoreEnvironment: true }))
    const second = begun(await startPostgres({ ignoreEnvironment: true }))
    const elsewhere = createServer((socket) => {
      const onward = connect(second.port, second.host)
      pipeline(socket, onward, socket, () => {})
    })
    await once(elsewhere.listen(first.port, '127.0.0.2'), 'listening')
    // no test can change what a name server says of a name; what pg asks is node’s own look-up, at each connect
    let address = '127.0.0.1'
    const asked: string[] = []
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
      host: string,
      options: { all?: boolean },
      callback: (error: null, found: unknown, family?: number) => void,
    ) => {
      asked.push(host)
      if (options.all) callback(null, [{ address, family: 4 }])
      else callback(null, address, 4)
    }) as unknown as typeof dns.lookup)
    try {
      const { user, password, database } = first
      await using pool = new HealthAwarePool({
        user,
        password: () => (address === '127.0.0.1' ? password : second.password),
        database,
        hosts: [{ host: 'db.example', port: first.port }],
        targetSessionAttrs: 'read-write',
      })
      const directory = async (): Promise<unknown> =>
        (await pool.query('show data_directory')).rows[0]?.data_directory
      const before = await directory()
      address = '127.0.0.2'
      await first.restart('immediate')
      await waitFor(() => pool.totalCount === 0)
      expect(await directory()).not.toBe(before)
      expect(asked).toEqual(['db.example', 'db.example'])
    } finally {
      lookup.mockRestore()
      elsewhere.close()
    }
  }, 60_000)
})
