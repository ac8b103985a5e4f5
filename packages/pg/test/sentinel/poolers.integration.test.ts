import {
  createFaultProxy,
  isPgBouncerInstalled,
  type PgBouncerPoolMode,
  startPgBouncer,
  startPostgres,
  type TestPgBouncer,
  type TestPostgres,
  waitFor,
  whyNoPgBouncer,
} from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { connectStranger, delay, limitsOf } from './sentinel-parts.ts'

const sentinel = { intervalMs: 250, timeoutMs: 2_000 }
const defaults = ['statement_timeout', 'lock_timeout', 'search_path', 'jit', 'plan_cache_mode']

/** What a program that uses named statements is told, in order. */
async function namedStatements(pool: pg.Pool): Promise<readonly string[]> {
  const told: string[] = []
  for (let round = 0; round < 6; round += 1) {
    const [one, other] = [await pool.connect(), await pool.connect()]
    for (const client of [one, other, one]) {
      try {
        const { rows } = await client.query({
          name: 'sum',
          text: 'select 1 + $1 as sum',
          values: [round],
        })
        told.push(`sum ${rows[0]?.sum}`)
      } catch (error) {
        told.push(`error ${(error as { code?: string }).code}`)
      }
    }
    one.release()
    other.release()
  }
  return told
}

const isInstalled = isPgBouncerInstalled()

describe.skipIf(!isInstalled)(
  `behind PgBouncer${isInstalled ? '' : `: ${whyNoPgBouncer()}`}`,
  () => {
    let server: TestPostgres
    let admin: pg.Client
    const serverErrors: string[] = []
    beforeAll(async () => {
      server = await startPostgres({
        ignoreEnvironment: true,
        onLog: (line) => {
          if (/(ERROR|FATAL|PANIC):/.test(line)) serverErrors.push(line)
        },
      })
      admin = await connectStranger(server.connectionString, 'admin')
    })
    afterAll(async () => {
      await admin?.end()
      await server?.stop()
    })

    /** Backends that PgBouncer keeps, and what is left of us on each. */
    async function serverSessions(): Promise<number> {
      const text =
        "select from pg_stat_activity where backend_type = 'client backend' and application_name <> 'admin'"
      return (await admin.query(text)).rowCount ?? 0
    }

    describe.each(['session', 'transaction'] as PgBouncerPoolMode[])('in mode %s', (poolMode) => {
      let bouncer: TestPgBouncer
      beforeAll(async () => {
        const settings = { default_pool_size: '5', max_client_conn: '200' }
        bouncer = await startPgBouncer(server, { poolMode, settings })
      })
      afterAll(() => bouncer?.stop())

      async function watched(options: HealthAwarePoolOptions = {}): Promise<HealthAwarePool> {
        const pool = new HealthAwarePool({
          connectionString: bouncer.connectionString,
          sentinel,
          max: 2,
          ...options,
        })
        await pool.query('select 1')
        await waitFor(() => pool.snapshot().server.pooler !== undefined, { describe: 'the pooler' })
        return pool
      }

      it('it is detected, and so is its mode; limits say what that hides', async () => {
        const pool = await watched()
        const { server: seen } = pool.snapshot()
        expect(seen.pooler).toEqual({ name: 'pgbouncer', mode: poolMode })
        expect(seen.sentinel).toBe('pooled')
        const limits = Object.keys(limitsOf(pool))
        expect(limits).toEqual(
          expect.arrayContaining([
            'what backends do',
            'backend memory',
            'whether a silent statement still runs',
          ]),
        )
        expect(limits.includes('the server itself')).toBe(poolMode === 'session')
        await pool.end()
      })
      it('a slow statement is left alone', async () => {
        const pool = await watched()
        const { rows } = await pool.query('select pg_sleep(4), 1 as one')
        expect(rows[0].one).toBe(1)
        expect(pool.snapshot().totals).toMatchObject({ closed: 0 })
        await pool.end()
      })
      it('one whose link is dead is ended by query_timeout', async () => {
        const proxy = await createFaultProxy(bouncer)
        const pool = await watched({
          connectionString: proxy.connectionString(server.connectionString),
          query_timeout: 1_500,
        })
        const client = await pool.connect()
        const startedAt = performance.now()
        const late = client.query('select pg_sleep(0.3)').then(
          () => undefined,
          (error) => error,
        )
        await delay(50)
        proxy.all.freeze()
        expect((await late)?.message).toContain('timeout')
        expect(performance.now() - startedAt).toBeLessThan(3_000)
        client.release()
        proxy.all.restore()
        await pool.end()
        await proxy.close()
      })
      it('named statements do as with pg.Pool', async () => {
        // one backend for all in transaction mode, so that both programs meet the same
        const settings = { default_pool_size: poolMode === 'transaction' ? '1' : '5' }
        const own = await startPgBouncer(server, { poolMode, settings })
        const bare = new pg.Pool({ connectionString: own.connectionString, max: 2 })
        bare.on('error', () => {})
        const ofBare = await namedStatements(bare)
        await bare.end()
        await own.restart()
        const pool = await watched({ connectionString: own.connectionString })
        const ofOurs = await namedStatements(pool)
        await pool.end()
        await own.stop()
        expect(ofOurs).toEqual(ofBare)
        expect(ofBare.includes('error 42P05')).toBe(poolMode === 'transaction')
      })
      it('many clients work through it, and leave its sessions as they were', async () => {
        await bouncer.restart() // no named statements of other tests
        serverErrors.length = 0
        const pools: pg.Pool[] = [
          ...(await Promise.all([watched({ max: 2 }), watched({ max: 2 })])),
          ...[1, 2].map(() => new pg.Pool({ connectionString: bouncer.connectionString, max: 2 })),
        ]
        for (const pool of pools) pool.on('error', () => {})
        const until = performance.now() + 4_000
        let done = 0
        const work = async (pool: pg.Pool): Promise<void> => {
          while (performance.now() < until) {
            const client = await pool.connect()
            await client.query('begin')
            const { rows: before } = await client.query('select pg_backend_pid() as pid')
            const { rows: after } = await client.query('select pg_backend_pid() as pid')
            await client.query('commit')
            client.release()
            expect(after).toEqual(before)
            done += 1
            if (poolMode === 'session') await delay(5)
          }
        }
        // in session mode each client keeps one of the five backends
        const callers = poolMode === 'session' ? [1] : [1, 2, 3]
        const busy = poolMode === 'session' ? pools.slice(0, 1) : pools
        await Promise.all(busy.flatMap((pool) => callers.map(() => work(pool))))
        expect(done).toBeGreaterThan(50)
        expect(serverErrors).toEqual([])
        await Promise.all(pools.map((pool) => pool.end()))
        await waitFor(async () => (await serverSessions()) <= 5)
        await expectDefaults(bouncer)
      })
      it('the watcher takes no backend for good', async () => {
        await bouncer.restart()
        const pool = await watched({ max: 1 })
        await delay(1_000) // a few turns
        // five backends, one of which the pool keeps in session mode: four others find one each
        const others = await Promise.all(
          [1, 2, 3, 4].map(() => connectStranger(bouncer.connectionString, 'other')),
        )
        await Promise.all(others.map((other) => other.query('begin')))
        expect(await serverSessions()).toBeLessThanOrEqual(5)
        await delay(1_000)
        await Promise.all(others.map((other) => other.query('commit')))
        expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
        await Promise.all(others.map((other) => other.end()))
        await pool.end()
      })
    })

    /** Asks every session of PgBouncer at the same time what it is set to. */
    async function expectDefaults(bouncer: TestPgBouncer): Promise<void> {
      const clients = await Promise.all(
        [1, 2, 3, 4, 5].map(() => connectStranger(bouncer.connectionString, 'asks')),
      )
      const settings = await admin.query(
        'select name, setting from pg_settings where name = any($1)',
        [defaults],
      )
      const expected = Object.fromEntries(settings.rows.map(({ name, setting }) => [name, setting]))
      const pids = new Set<number>()
      await Promise.all(
        clients.map(async (client) => {
          await client.query('begin')
          const { rows } = await client.query(
            `select pg_backend_pid() as pid, pg_sleep(0.3),
            (select json_object_agg(name, setting) from pg_settings
              where name in (${defaults.map((name) => `'${name}'`).join()})) as settings,
            (select count(*)::int from pg_prepared_statements where name like '%hale%') as prepared`,
          )
          pids.add(rows[0].pid)
          expect(rows[0].settings).toEqual(expected)
          expect(rows[0].prepared).toBe(0)
          await client.query('commit')
        }),
      )
      expect(pids.size).toBe(5)
      await Promise.all(clients.map((client) => client.end()))
    }
  },
)
