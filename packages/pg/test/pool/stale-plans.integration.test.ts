import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { pidOf } from '../proxied-world.ts'

const named = { name: 'all of stock', text: 'select * from stock' }

let server: TestPostgres
let admin: pg.Client
beforeAll(async () => {
  server = await startPostgres()
  admin = new pg.Client(server.connectionString)
  await admin.connect()
})
beforeEach(async () => {
  await admin.query(
    'drop table if exists stock; create table stock (id int); insert into stock values (1)',
  )
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

function createPool(options: HealthAwarePoolOptions = {}): HealthAwarePool {
  return new HealthAwarePool({ connectionString: server.connectionString, max: 2, ...options })
}

/** Two clients on which the statement is prepared. */
async function leasePrepared(pool: HealthAwarePool): Promise<[pg.PoolClient, pg.PoolClient]> {
  const clients = [await pool.connect(), await pool.connect()] as [pg.PoolClient, pg.PoolClient]
  for (const client of clients) expect((await client.query(named)).rows).toEqual([{ id: 1 }])
  return clients
}

/** Changes what the prepared statement would give. */
async function alterTable(): Promise<void> {
  await admin.query('alter table stock add column units int default 7')
}

/** The pids of connections with an open `stale_plan`, and of those that are condemned. */
function staleAndCondemned(pool: HealthAwarePool): (number | undefined)[][] {
  const { connections } = pool.snapshot()
  const stale = connections.filter(({ assessment }) =>
    assessment.issues.some(({ type }) => type === 'stale_plan'),
  )
  const condemned = connections.filter(({ condemnedFor }) => condemnedFor === 'plan')
  return [stale, condemned].map((list) => list.map(({ processId }) => processId))
}

describe('a prepared statement whose result type has changed', () => {
  it('costs the connection that was refused it, and no other', async () => {
    await using pool = createPool()
    const [first, second] = await leasePrepared(pool)
    await alterTable()
    await expect(first.query(named)).rejects.toMatchObject({
      code: '0A000',
      message: 'cached plan must not change result type',
      routine: 'RevalidateCachedQuery',
    })
    expect(staleAndCondemned(pool)).toEqual([[pidOf(first)], [pidOf(first)]])
    const [firstPid, secondPid] = [pidOf(first), pidOf(second)]
    first.release()
    const next = await pool.connect()
    expect(pidOf(next)).not.toBe(firstPid)
    expect((await next.query(named)).rows).toEqual([{ id: 1, units: 7 }])
    expect(staleAndCondemned(pool)).toEqual([[], []])
    const pids = pool.snapshot().connections.map(({ processId }) => processId)
    expect(pids).toEqual([secondPid, pidOf(next)])
    next.release()
    second.release()
    expect(pool.snapshot().totals.recycles.plan).toBe(1)
  })
  it('costs the connection of a pool.query, whose caller is told as it was', async () => {
    await using pool = createPool({ max: 1 })
    await pool.query(named)
    await alterTable()
    await expect(pool.query(named)).rejects.toMatchObject({ code: '0A000' })
    expect((await pool.query(named)).rows).toEqual([{ id: 1, units: 7 }])
    expect(pool.snapshot().totals.recycles.plan).toBe(1)
  })
  it('costs the connection once its transaction is rolled back', async () => {
    await using pool = createPool({ max: 1 })
    await pool.query(named)
    await alterTable()
    const client = await pool.connect()
    await client.query('begin')
    await expect(client.query(named)).rejects.toMatchObject({ code: '0A000' })
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
    await client.query('rollback')
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    client.release()
    expect((await pool.query(named)).rows).toEqual([{ id: 1, units: 7 }])
    expect(pool.snapshot().issues).toEqual([])
  })
  it('stays refused on its connection where the pool only observes', async () => {
    await using pool = createPool({ max: 1, health: { mode: 'observe', sweepIntervalMs: 50 } })
    const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
    await pool.query(named)
    await alterTable()
    for (const _again of [1, 2]) {
      await expect(pool.query(named)).rejects.toMatchObject({ code: '0A000' })
    }
    await waitFor(() => pool.snapshot().connections[0]?.assessment.status === 'unhealthy')
    expect(staleAndCondemned(pool)).toEqual([[rows[0]?.pid], []])
    expect((await pool.query('select id from stock')).rows).toEqual([{ id: 1 }])
  })
  it('cannot be one that has no name, as Kysely sends them', async () => {
    await using pool = createPool({ max: 1 })
    const text = 'select * from stock where id = $1'
    await pool.query(text, [1])
    await alterTable()
    expect((await pool.query(text, [1])).rows).toEqual([{ id: 1, units: 7 }])
  })
})

describe('a prepared statement that the backend does not have any more', () => {
  it('costs the connection that was refused it, and no other', async () => {
    await using pool = createPool()
    const [first, second] = await leasePrepared(pool)
    await first.query('deallocate all')
    await expect(first.query(named)).rejects.toMatchObject({ code: '26000' })
    expect(staleAndCondemned(pool)).toEqual([[pidOf(first)], [pidOf(first)]])
    expect((await second.query(named)).rows).toEqual([{ id: 1 }])
    const pid = pidOf(first)
    first.release()
    second.release()
    for (const client of await leasePrepared(pool)) {
      expect(pidOf(client)).not.toBe(pid)
      client.release()
    }
  })
  it('costs the connection once its transaction is rolled back', async () => {
    await using pool = createPool({ max: 1 })
    await pool.query(named)
    const client = await pool.connect()
    await client.query('discard all')
    await client.query('begin')
    await expect(client.query(named)).rejects.toMatchObject({ code: '26000' })
    await client.query('rollback')
    client.release()
    expect((await pool.query(named)).rows).toEqual([{ id: 1 }])
  })
  it('costs nothing where it was not prepared by name through pg', async () => {
    await using pool = createPool({ max: 1 })
    await expect(pool.query('execute nothing')).rejects.toMatchObject({ code: '26000' })
    await expect(pool.query('deallocate nothing')).rejects.toMatchObject({ code: '26000' })
    const { totals, issues } = pool.snapshot()
    expect({ plan: totals.recycles.plan, issues }).toEqual({ plan: 0, issues: [] })
  })
})

describe('a feature that is not supported', () => {
  it('costs nothing', async () => {
    await using pool = createPool({ max: 1 })
    await pool.query(named)
    await expect(pool.query('select count(distinct id) over () from stock')).rejects.toMatchObject({
      code: '0A000',
    })
    const { totals, issues } = pool.snapshot()
    expect({ plan: totals.recycles.plan, issues }).toEqual({ plan: 0, issues: [] })
  })
})
