import { startPostgres, type TestPostgres } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { HealthAwarePool } from '../../src/index.ts'
import { createJudgementWorld, createStock, mixed } from './judgement-world.ts'

vi.setConfig({ testTimeout: 120_000 }) // thousands of statements, on a machine that may be busy

/** Statements after which nobody can say that there was too little to judge by. */
const enough = 6_000

let server: TestPostgres
let admin: pg.Pool

beforeAll(async () => {
  server = await startPostgres()
  admin = new pg.Pool({ connectionString: server.connectionString, max: 2 })
  admin.on('error', () => {}) // pg.Pool's end() may resolve before its last client is gone
  await admin.query(createStock)
  await admin.query(`
    create function shaky(victim int, share float) returns int language plpgsql as $$
    begin
      if (victim = 0 or pg_backend_pid() = victim) and random() < share then
        raise exception sqlstate '08006' using message = 'the far side is gone';
      end if;
      return 1;
    end $$`)
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

describe('a connection that is worse than the others', () => {
  it('is swapped when its link gains 20 ms, it alone, and no statement fails', async () => {
    await using world = await createJudgementWorld(server, { statement: mixed })
    const pid = await world.aBackend()
    await world.workFor(2_000)
    world.proxy.link(pid)?.delay(20)
    await world.work(() => world.swapped.length > 0)
    await world.workFor(2_000)
    expect(world.swapped).toEqual([{ processId: pid, cause: 'latency' }])
    expect(world.outcomes.failed).toBe(0)
  })
  it('is swapped when its backend works several times as long', async () => {
    await using world = await createJudgementWorld(server, { statement: mixed, workers: 6 })
    const pid = await world.aBackend()
    await world.workFor(2_000)
    await handicap(world.pool, pid)
    await world.work(() => world.swapped.length > 0)
    expect(world.swapped).toEqual([{ processId: pid, cause: 'latency' }])
    expect(world.outcomes.failed).toBe(0)
  })
  it('is swapped when it alone answers with connection errors', async () => {
    let victim = -1
    const statement = (pool: HealthAwarePool, n: number): Promise<unknown> =>
      n % 2 === 0 ? pool.query('select shaky($1, 0.3)', [victim]) : mixed(pool, n)
    await using world = await createJudgementWorld(server, { statement, workers: 6 })
    await world.workFor(1_000)
    victim = await world.aBackend()
    await world.work(() => world.swapped.length > 0)
    expect(world.swapped).toEqual([{ processId: victim, cause: 'faults' }])
  })
  it('is swapped while everybody waits for a connection', async () => {
    const statement = (pool: HealthAwarePool, n: number): Promise<unknown> =>
      Promise.all([mixed(pool, n), mixed(pool, n + 1), mixed(pool, n + 2)])
    await using world = await createJudgementWorld(server, { statement, max: 3 })
    const pid = await world.aBackend()
    await world.workFor(600)
    world.proxy.link(pid)?.delay(20)
    await world.work(() => world.swapped.length > 0)
    expect(world.swapped).toEqual([{ processId: pid, cause: 'latency' }])
    expect(world.outcomes.failed).toBe(0)
  })
  it('is only reported in observe mode, and swapped once it is to be enforced', async () => {
    const health = { mode: 'observe' } as const
    await using world = await createJudgementWorld(server, { statement: mixed, health })
    const pid = await world.aBackend()
    await world.workFor(2_000)
    world.proxy.link(pid)?.delay(20)
    await world.work(() => world.pool.snapshot().issues.length > 0)
    const { issues, connections } = world.pool.snapshot()
    expect(issues).toMatchObject([{ type: 'high_latency', evidence: { basis: 'duel' } }])
    const blamed = connections.find(({ connectionId }) => connectionId === issues[0]?.connectionId)
    expect(blamed?.processId).toBe(pid)
    expect(world.swapped).toEqual([])
    world.pool.mode = 'enforce'
    await world.work(() => world.swapped.length > 0)
    expect(world.swapped).toEqual([{ processId: pid, cause: 'latency' }])
  })
})

describe('a link that goes silent', () => {
  it('costs the statement in flight on it, and is told from a slow statement', async () => {
    await using world = await createJudgementWorld(server, { statement: mixed })
    await world.workFor(1_000)
    const [slow, lost] = [await world.pool.connect(), await world.pool.connect()]
    const sleeping = slow.query('select pg_sleep(4)')
    const pid = (lost as unknown as { processID: number }).processID
    await lost.query('select 1')
    world.proxy.link(pid)?.freeze()
    const failed = expect(lost.query('select 2')).rejects.toMatchObject({
      code: 'HALE_CONNECTION_LOST',
    })
    await world.work(() => world.swapped.length > 0)
    await failed
    lost.release()
    await sleeping
    slow.release()
    expect(world.swapped).toEqual([{ processId: pid, cause: 'unresponsive' }])
    expect(world.outcomes.failed).toBe(0)
  })
})

describe('trouble that is not a connection', () => {
  it('blames nobody when all links gain 20 ms', async () => {
    await using world = await createJudgementWorld(server, { statement: mixed })
    await world.workFor(2_000)
    world.proxy.all.delay(20)
    await world.workFor(2_000)
    expect(world.swapped).toEqual([])
  })
  it('blames nobody for waiting on a hot row', async () => {
    const statement = async (pool: HealthAwarePool, n: number): Promise<unknown> => {
      if (n % 4 > 0) return mixed(pool, n)
      const client = await pool.connect()
      try {
        await client.query('begin')
        await client.query('update stock set units = units + 1 where id = 7')
        await client.query('select pg_sleep(0.005)')
        return await client.query('commit')
      } finally {
        client.release()
      }
    }
    await using world = await createJudgementWorld(server, { statement })
    await world.workFor(enough)
    expect(world.swapped).toEqual([])
    expect(world.outcomes.failed).toBe(0)
  })
  it('blames nobody for errors of the application', async () => {
    const statement = (pool: HealthAwarePool, n: number): Promise<unknown> =>
      n % 3 === 0 ? pool.query('insert into stock values (1, 1)') : mixed(pool, n)
    await using world = await createJudgementWorld(server, { statement })
    await world.workFor(enough)
    expect(world.swapped).toEqual([])
    expect(world.outcomes.failed).toBeGreaterThan(1_000)
    expect(world.pool.snapshot().issues).toEqual([])
  })
  it('blames nobody for connection errors that all of them have', async () => {
    const statement = (pool: HealthAwarePool, n: number): Promise<unknown> =>
      n % 2 === 0 ? pool.query('select shaky(0, 0.3)') : mixed(pool, n)
    await using world = await createJudgementWorld(server, { statement })
    await world.workFor(enough)
    expect(world.swapped).toEqual([])
  })
  it('blames nobody who drew the heavy rows', async () => {
    const statement = (pool: HealthAwarePool, n: number): Promise<unknown> => mixed(pool, n)
    await using world = await createJudgementWorld(server, { statement })
    const tenant = await world.pool.connect()
    let isOver = false
    const heavy = (async () => {
      while (!isOver) {
        await tenant.query('select count(*) from generate_series(1, $1::int)', [20_000])
        await tenant.query('select 1')
      }
    })()
    await world.workFor(enough)
    isOver = true
    await heavy
    tenant.release()
    expect(world.swapped).toEqual([])
  })
})

/** Makes one backend start a parallel worker for whatever it is asked. */
async function handicap(pool: HealthAwarePool, processId: number): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    "select name from pg_settings where name in ('debug_parallel_query', 'force_parallel_mode')",
  )
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()))
  for (const client of clients) {
    const own = (client as unknown as { processID: number }).processID
    if (own === processId) await client.query(`set ${rows[0]?.name} = on`)
    client.release()
  }
}
