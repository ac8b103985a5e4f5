import { startPostgres, type TestPostgres } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { cleanedLease, cleanLease, quietHealth, record, recordLease } from './record-lease.ts'

let server: TestPostgres
let pool: HealthAwarePool
beforeAll(async () => {
  server = await startPostgres()
  pool = new HealthAwarePool({
    connectionString: server.connectionString,
    max: 1,
    health: quietHealth,
  })
})
afterAll(async () => {
  await pool?.end()
  await server?.stop()
})

/** What can be asked, through the pool itself and through a client of it. */
type Queryable = Pick<pg.Pool, 'query'>
type Form = (target: Queryable) => Promise<unknown>

const isFour = [{ four: 4 }]

const forms: readonly (readonly [string, Form, unknown])[] = [
  ['a text', async (to) => (await to.query('select 4 as four')).rows, isFour],
  ['a config', async (to) => (await to.query({ text: 'select 4 as four' })).rows, isFour],
  ['values', async (to) => (await to.query('select $1::int as four', [4])).rows, isFour],
  [
    'a config with values',
    async (to) => (await to.query({ text: 'select $1::int as four', values: [4] })).rows,
    isFour,
  ],
  [
    'a config and values beside it',
    async (to) => (await to.query({ text: 'select $1::int as four' }, [4])).rows,
    isFour,
  ],
  [
    'a named statement',
    async (to) =>
      (await to.query({ name: 'four', text: 'select $1::int as four', values: [4] })).rows,
    isFour,
  ],
  [
    'rowMode array',
    async (to) => (await to.query({ text: 'select 4 as four', rowMode: 'array' })).rows,
    [[4]],
  ],
  [
    'queryMode extended',
    async (to) =>
      (await to.query({ text: 'select 4 as four', queryMode: 'extended' } as pg.QueryConfig)).rows,
    isFour,
  ],
  [
    'rows, which reads a portal in steps',
    async (to) => {
      const config = { text: 'select * from generate_series(1, 5) as n', rows: 2 }
      return (await to.query(config as pg.QueryConfig)).rows.length
    },
    5,
  ],
  [
    'several statements in one text',
    async (to) => {
      const results = await to.query('select 1 as one; select 4 as four')
      return (results as unknown as pg.QueryResult[]).map(({ rows }) => rows)
    },
    [[{ one: 1 }], isFour],
  ],
  ['an empty text', async (to) => (await to.query('')).rows, []],
  [
    'types',
    async (to) => {
      const types = { getTypeParser: () => (text: string) => `raw ${text}` }
      return (await to.query({ text: 'select 4 as four', types } as pg.QueryConfig)).rows
    },
    [{ four: 'raw 4' }],
  ],
  [
    'binary',
    async (to) => {
      const config = { text: 'select $1::int as four', values: [4], binary: true }
      return (await to.query(config as pg.QueryConfig)).rows
    },
    isFour,
  ],
  [
    'a text and a callback',
    (to) => withCallback((callback) => to.query('select 4 as four', callback)),
    isFour,
  ],
  [
    'values and a callback',
    (to) => withCallback((callback) => to.query('select $1::int as four', [4], callback)),
    isFour,
  ],
  [
    'a config and a callback',
    (to) => withCallback((callback) => to.query({ text: 'select 4 as four' }, callback)),
    isFour,
  ],
]

function withCallback(
  send: (callback: (error: Error, result: pg.QueryResult) => void) => void,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    send((error, result) => (error ? reject(error) : resolve(result.rows)))
  })
}

describe('pool.query', () => {
  it.each(forms)('answers %s, counted once and idle at once', async (_name, form, expected) => {
    const used = await record(pool, async () => expect(await form(pool)).toEqual(expected))
    expect(used).toEqual(cleanLease)
  })
  it('that opens a transaction leaves it to nobody', async () => {
    await pool.query('create table if not exists opened (n int)')
    const used = await record(pool, () => pool.query('begin; insert into opened values (1)'))
    expect(used).toEqual({ ...cleanedLease, attempts: 2 }) // and the ROLLBACK
    expect((await pool.query('select n from opened')).rows).toEqual([])
  })
  it('settles a pg.Query through the callback that the pool gives it', async () => {
    const used = await record(pool, async () => {
      const answer = pool.query(new pg.Query('select 4 as four'))
      expect(await answer).toMatchObject({ rows: isFour })
    })
    expect(used).toEqual(cleanLease)
  })
})

describe('a leased client', () => {
  it.each(forms)('answers %s, counted once and idle at once', async (_name, form, expected) => {
    const used = await recordLease(pool, async (client) => {
      expect(await form(client as unknown as Queryable)).toEqual(expected)
    })
    expect(used).toEqual(cleanLease)
  })
  it('runs a pg.Query, which is handed back as it is and emits its rows', async () => {
    const seen: unknown[] = []
    const used = await recordLease(pool, async (client) => {
      const query = new pg.Query('select 4 as four')
      expect(client.query(query)).toBe(query)
      query.on('row', (row) => void seen.push(row))
      await new Promise((resolve, reject) => {
        query.on('end', resolve)
        query.on('error', reject)
      })
    })
    expect(used).toEqual(cleanLease)
    expect(seen).toEqual(isFour)
  })
  it('is cleaned of a pg.Query that nobody listens to, and that is cancelled', async () => {
    const used = await recordLease(pool, (client) => {
      client.query(new pg.Query('select pg_sleep(3600)'))
    })
    expect(used).toEqual(cleanedLease)
  })
  it('prepares a named statement once, and again after it failed', async () => {
    const named = { name: 'ratio', text: 'select 8 / $1::int as four' }
    const used = await recordLease(pool, async (client) => {
      await expect(client.query({ ...named, values: [0] })).rejects.toMatchObject({ code: '22012' })
      expect((await client.query({ ...named, values: [2] })).rows).toEqual(isFour)
      const { rows } = await client.query('select name from pg_prepared_statements')
      expect(rows).toContainEqual({ name: 'ratio' })
    })
    expect(used).toEqual({ ...cleanLease, attempts: 3 })
  })
  it('keeps the order of what is submitted at once', async () => {
    const used = await recordLease(pool, async (client) => {
      const order: number[] = []
      const ask = async (n: number): Promise<void> => {
        await client.query('select $1::int', [n])
        order.push(n)
      }
      await Promise.all([1, 2, 3].map(ask))
      expect(order).toEqual([1, 2, 3])
    })
    expect(used).toEqual({ ...cleanLease, attempts: 3 })
  })
})

/** What the server or pg itself refuses. */
const refused: readonly (readonly [string, Form, object, number])[] = [
  ['a syntax error', (to) => to.query('selec'), { code: '42601' }, 1],
  ['an error after a result', (to) => to.query('select 1; select 1/0'), { code: '22012' }, 1],
  ['an error in the first row', (to) => to.query('select 1/0'), { code: '22012' }, 1],
  ['values of a wrong type', (to) => to.query('select $1::int', ['x']), { code: '22P02' }, 1],
  [
    'values that cannot be serialised',
    (to) => {
      const values = [{ toPostgres: () => failToSerialise() }]
      return to.query('select $1::int', values)
    },
    { message: 'not to be serialised' },
    1,
  ],
  [
    'rows that cannot be parsed',
    (to) => {
      const types = { getTypeParser: () => () => failToSerialise() }
      return to.query({ text: 'select 4', types } as unknown as pg.QueryConfig)
    },
    { message: 'not to be serialised' },
    1,
  ],
  [
    'a config without text and name',
    (to) => to.query({} as pg.QueryConfig),
    { message: expect.stringMatching(/either text or a name/) },
    0,
  ],
]

function failToSerialise(): never {
  throw new Error('not to be serialised')
}

describe('an error', () => {
  it.each(refused)(
    'of %s keeps the connection of pool.query',
    async (_n, form, error, attempts) => {
      const used = await record(pool, () => expect(form(pool)).rejects.toMatchObject(error))
      expect(used).toEqual({ ...cleanLease, idleAtOnce: expect.any(Boolean), attempts })
    },
  )
  it.each(refused)('of %s keeps the connection of a client', async (_n, form, error, attempts) => {
    const used = await recordLease(pool, (client) =>
      expect(form(client as unknown as Queryable)).rejects.toMatchObject(error),
    )
    expect(used).toEqual({ ...cleanLease, idleAtOnce: expect.any(Boolean), attempts })
  })
  it('of a query that is null throws from a client and rejects from the pool', async () => {
    const used = await record(pool, () =>
      expect(pool.query(null as unknown as string)).rejects.toThrow('null or undefined query'),
    )
    expect(used).toEqual({ ...cleanLease, attempts: 0 })
    const held = await recordLease(pool, (client) => {
      expect(() => client.query(null as unknown as string)).toThrow('null or undefined query')
    })
    expect(held).toEqual({ ...cleanLease, attempts: 0 })
  })
})
