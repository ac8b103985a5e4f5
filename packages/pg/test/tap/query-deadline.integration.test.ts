import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { setUpProxiedWorld } from '../proxied-world.ts'

const world = setUpProxiedWorld()
const timedOut = 'Query read timeout'
const query_timeout = 250

/** Past the proxy, which is in this process and would stand still with it. */
const direct = (): { connectionString: string } => {
  return { connectionString: world.server.connectionString }
}

/** Keeps this process from everything else: the fault that is tested, not a wait. */
function standStill(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

/** The overloads of a client, which a pool has too. */
type Target = Pick<pg.ClientBase, 'query'>
type Form = (target: Target) => Promise<unknown>

const forms: readonly (readonly [string, Form])[] = [
  ['a text', (target) => target.query('select 1')],
  ['a text with values', (target) => target.query('select $1::int', [1])],
  [
    'a callback',
    (target) =>
      new Promise((resolve, reject) => {
        target.query('select 1', [], (error: Error | null, result: unknown) => {
          if (error) reject(error)
          else resolve(result)
        })
      }),
  ],
  ['a config', (target) => target.query({ text: 'select 1', rowMode: 'array' })],
  [
    'a config with a timeout of its own',
    (target) => target.query({ text: 'select 1', query_timeout } as pg.QueryConfig),
  ],
]

async function answeredWhileStandingStill(target: Target, form: Form): Promise<unknown> {
  const answer = form(target)
  answer.catch(() => {}) // looked at below
  standStill(3 * query_timeout)
  return answer
}

describe('query_timeout in a process that stood still', () => {
  it.each(forms)('does not fire for %s whose answer has arrived', async (_what, form) => {
    await using pool = world.createPool({ ...direct(), max: 1, query_timeout })
    const client = await pool.connect()
    const result = await answeredWhileStandingStill(client, form)
    expect(result).toMatchObject({ rowCount: 1 })
    client.release()
    expect(await answeredWhileStandingStill(pool as Target, form)).toMatchObject({ rowCount: 1 })
  })

  it('fires in pg.Pool, which is why', async () => {
    const pool = new pg.Pool({ ...direct(), max: 1, query_timeout })
    const client = await pool.connect()
    await expect(
      answeredWhileStandingStill(client, (target) => target.query('select 1')),
    ).rejects.toThrow(timedOut)
    client.release(true)
    await pool.end()
  })

  it('fires when no answer has arrived, and counts the time that the process ran', async () => {
    await using pool = world.createPool({ ...direct(), max: 1, query_timeout })
    const client = await pool.connect()
    await expect(
      answeredWhileStandingStill(client, (target) => target.query('select pg_sleep(600)')),
    ).rejects.toThrow(timedOut)
    await expect(client.query('select pg_sleep(600)'), 'the next one too').rejects.toThrow(timedOut)
    client.release()
  })
})

describe('a query_timeout that fires', () => {
  it('ends what has not been sent yet unsent', async () => {
    await using pool = world.createPool({ max: 1 })
    const client = await pool.connect()
    const first = client.query('select pg_sleep(0.5)')
    const second = client.query({ text: 'select 2', query_timeout: 50 } as pg.QueryConfig)
    await expect(second).rejects.toThrow(timedOut)
    await first
    expect((await client.query('select 3 as three')).rows).toEqual([{ three: 3 }])
    expect(world.statements).not.toContain('select 2')
    client.release()
  })

  it('leaves the application its config as it was', async () => {
    await using pool = world.createPool({ max: 1, query_timeout: 5_000 })
    const config = { text: 'select 1 as one', query_timeout: 4_000 }
    expect((await pool.query(config)).rows).toEqual([{ one: 1 }])
    expect(config).toEqual({ text: 'select 1 as one', query_timeout: 4_000 })
    expect(pool.options).toMatchObject({ query_timeout: 5_000 })
  })

  it('is left to pg for a query of a class of its own', async () => {
    class Report {
      readonly query_timeout = 50
      get text(): string {
        return 'select pg_sleep(600)'
      }
    }
    await using pool = world.createPool({ max: 1 })
    await expect(pool.query(new Report())).rejects.toThrow(timedOut)
  })
})
