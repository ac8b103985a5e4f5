import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { quietHealth } from './record-lease.ts'

let server: TestPostgres
let admin: pg.Client
beforeAll(async () => {
  server = await startPostgres({ ignoreEnvironment: true })
  admin = new pg.Client({ connectionString: server.connectionString })
  await admin.connect()
  await admin.query("create role tokens login password 'token 0'")
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

function createPool(options: HealthAwarePoolOptions): HealthAwarePool {
  const { host, port, user, password, database } = server
  return new HealthAwarePool({
    host,
    port,
    user,
    password,
    database,
    max: 2,
    health: quietHealth,
    ...options,
  })
}

/** Tokens that hold for a while, as those of cloud providers do. */
class TokenIssuer {
  asked = 0
  #serial = 0

  /** The token that holds now. */
  readonly current = async (): Promise<string> => {
    this.asked += 1
    return `token ${this.#serial}`
  }

  /** Makes another token hold, and the one before it no more. */
  async rotate(): Promise<void> {
    this.#serial += 1
    await admin.query(`alter role tokens password 'token ${this.#serial}'`)
  }
}

describe('a password', () => {
  it('may be a function, sync or async', async () => {
    for (const password of [() => server.password, async () => server.password]) {
      await using pool = createPool({ password })
      expect((await pool.query('select 4 as four')).rows).toEqual([{ four: 4 }])
    }
  })
  it('is asked for anew for each connection, so that a token may change in between', async () => {
    const issuer = new TokenIssuer()
    await using pool = createPool({ user: 'tokens', password: issuer.current })
    const clients: pg.PoolClient[] = []
    for (let n = 1; n <= 2; n += 1) {
      await issuer.rotate()
      clients.push(await pool.connect())
      expect(issuer.asked).toBe(n)
    }
    for (const client of clients) client.release(true)
    await issuer.rotate()
    await pool.query('select 1')
    expect(issuer.asked).toBe(3)
  })
  it('is asked for anew when a connection is replaced', async () => {
    const issuer = new TokenIssuer()
    await issuer.rotate()
    await using pool = createPool({ user: 'tokens', password: issuer.current })
    await pool.query('select 1')
    await issuer.rotate()
    const [connection] = pool.snapshot().connections
    expect(pool.recycle(connection?.connectionId ?? 0)).toBe(true)
    await waitFor(() => pool.snapshot().totals.recycles.operator === 1)
    expect(issuer.asked).toBe(2)
    expect(pool.totalCount).toBe(1)
  })
  it('function that rejects or throws is an error at once, in its own words', async () => {
    const failing = [
      () => Promise.reject(new Error('the token service is down')),
      () => {
        throw new Error('the token service is down')
      },
    ]
    for (const password of failing) {
      await using pool = createPool({ password })
      await expect(pool.query('select 1')).rejects.toThrow('the token service is down')
      expect(pool.snapshot()).toMatchObject({
        counts: { total: 0, waiting: 0 },
        server: { openingFailures: 1 },
      })
    }
  })
  it('function that gives no string is an error at once, in pg’s words', async () => {
    await using pool = createPool({ password: (() => 7) as unknown as () => string })
    await expect(pool.query('select 1')).rejects.toThrow('Password must be a string')
  })
  it('function that fails once leaves the pool able to serve', async () => {
    let calls = 0
    const password = async (): Promise<string> => {
      calls += 1
      if (calls === 1) throw new Error('the token service is down')
      return server.password
    }
    await using pool = createPool({ password })
    await expect(pool.query('select 1')).rejects.toThrow('the token service is down')
    expect((await pool.query('select 4 as four')).rows).toEqual([{ four: 4 }])
  })
  it('function that never answers costs its caller no more than the connection timeout', async () => {
    const password = (): Promise<string> => new Promise(() => {})
    await using pool = createPool({ password, connectionTimeoutMillis: 300 })
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'HALE_ACQUIRE_TIMEOUT' })
    await waitFor(() => pool.totalCount === 0)
  })
  it('is on no enumerable property of the pool’s options', async () => {
    await using pool = createPool({})
    expect(JSON.stringify(pool.options)).not.toContain(server.password)
    expect(pool.options).toHaveProperty('password')
  })
})

const refused: readonly (readonly [string, HealthAwarePoolOptions, string])[] = [
  ['a wrong password', { password: 'wrong' }, '28P01'],
  ['a wrong password from a function', { password: async () => 'wrong' }, '28P01'],
  ['a role that does not exist', { user: 'nobody_of_that_name' }, '28P01'],
  ['a database that does not exist', { database: 'no_such_database' }, '3D000'],
]

describe('a login that the server refuses', () => {
  it.each(refused)(
    'for %s rejects every caller at once with pg’s own error',
    async (_n, o, code) => {
      await using pool = createPool(o)
      const callers = Array.from({ length: 5 }, () => pool.query('select 1'))
      for (const outcome of await Promise.allSettled(callers)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code, severity: 'FATAL' } })
        expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(pg.DatabaseError)
      }
      await waitFor(() => pool.totalCount === 0)
      expect([pool.idleCount, pool.waitingCount]).toEqual([0, 0])
      expect(pool.snapshot().totals.openFailures).toBeLessThanOrEqual(5)
    },
  )
  it('emits no error of the pool', async () => {
    const errors: Error[] = []
    const pool = createPool({ password: 'wrong' })
    pool.on('error', (error) => void errors.push(error))
    await expect(pool.connect()).rejects.toMatchObject({ code: '28P01' })
    await pool.end()
    expect(errors).toEqual([])
  })
  it('is told to the callback of connect as well', async () => {
    await using pool = createPool({ password: 'wrong' })
    const error = await new Promise((resolve) => {
      pool.connect((refusal, client) => {
        expect(client).toBeUndefined()
        resolve(refusal)
      })
    })
    expect(error).toMatchObject({ code: '28P01' })
  })
  it('does not concern who has a client already, nor who waits for that', async () => {
    let password = server.password
    await using pool = createPool({ password: () => password })
    const holder = await pool.connect()
    password = 'wrong'
    await expect(pool.connect()).rejects.toMatchObject({ code: '28P01' })
    expect((await holder.query('select 4 as four')).rows).toEqual([{ four: 4 }])
    holder.release()
    expect((await pool.query('select 4 as four')).rows).toEqual([{ four: 4 }])
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0])
  })
})
