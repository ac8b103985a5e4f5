import { waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  chosen,
  lagOf,
  type StandbyWorld,
  startStandbyWorld,
  untilMeasured,
} from './standby-world.ts'

let world: StandbyWorld
beforeAll(async () => {
  world = await startStandbyWorld(2)
  await world.on(world.primary, 'create table written (id serial primary key)')
}, 120_000)
afterEach(() => world?.restore())
afterAll(() => world?.[Symbol.asyncDispose](), 60_000)

const both = ['replica-1', 'replica-2']

async function portOf(pool: {
  query: (text: string) => Promise<{ rows: unknown[] }>
}): Promise<number> {
  const { rows } = await pool.query("select current_setting('port')::int4 as port")
  return (rows[0] as { port: number }).port
}

describe('replicas', () => {
  it('share the reads while they are alike, and keep a connection each without being asked to', async () => {
    await using manager = world.createManager()
    await untilMeasured(manager)
    expect(manager.pool('primary').totalCount).toBe(0)
    const ports: number[] = []
    for (let read = 0; read < 6; read += 1) ports.push(await portOf(manager.replica()))
    const [one, two] = world.standbys.map(({ port }) => port)
    expect(ports.toSorted()).toEqual([one, one, one, two, two, two].toSorted())
  })
  it('that refuse connections are left out at once, and taken again when they are back', async () => {
    await using manager = world.createManager()
    await untilMeasured(manager)
    const [, cut] = world.proxies
    await cut?.refuse()
    cut?.all.reset()
    await waitFor(() => manager.readiness().pools['replica-1']?.ready === false)
    expect(chosen(manager)).toEqual(['replica-2'])
    expect(manager.readiness().ready).toBe(true)
    await cut?.refuse(false)
    await waitFor(() => chosen(manager).join() === both.join())
  })
  it('whose links go silent are left out', async ({ annotate }) => {
    await using manager = world.createManager()
    await untilMeasured(manager)
    const since = performance.now()
    world.proxies[1]?.all.freeze()
    await waitFor(() => chosen(manager).join() === 'replica-2', { timeoutMs: 20_000 })
    await annotate(`left out after ${Math.round(performance.now() - since)} ms`)
    world.proxies[1]?.all.restore()
    await waitFor(() => chosen(manager).join() === both.join(), { timeoutMs: 20_000 })
  })
  it('are the primary’s work when all are gone, and nobody’s where that is an error', async () => {
    await using manager = world.createManager()
    await using strict = world.createManager({ replicaFallback: 'error' })
    await untilMeasured(manager)
    await untilMeasured(strict)
    for (const proxy of world.proxies.slice(1)) {
      await proxy.refuse()
      proxy.all.reset()
    }
    await waitFor(() => chosen(manager).join() === 'primary')
    expect(manager.readiness().ready).toBe(true)
    await waitFor(() => !strict.readiness().ready)
    expect(strict.readiness().reason).toBe('server-unreachable')
    expect(() => strict.replica()).toThrow(
      expect.objectContaining({
        code: 'HALE_SERVER_UNAVAILABLE',
        replicas: { 'replica-1': 'not-serving', 'replica-2': 'not-serving' },
      }),
    )
  })
})

describe('a replica that is behind', () => {
  async function whileBehind(
    begin: string | readonly string[],
    end: readonly string[],
    then: () => Promise<void>,
  ): Promise<void> {
    const [standby] = world.standbys
    if (standby === undefined) throw new Error('no standby')
    await world.on(standby, ...[begin].flat())
    const writing = setInterval(() => {
      world.on(world.primary, 'insert into written default values').catch(() => {})
    }, 200)
    try {
      await then()
    } finally {
      clearInterval(writing)
      await world.on(standby, ...end)
    }
  }
  const pause = 'select pg_wal_replay_pause()'
  const resume = ['select pg_wal_replay_resume()']

  it('has less to do long before it is too far behind', async () => {
    await using manager = world.createManager()
    await untilMeasured(manager)
    await whileBehind(pause, resume, async () => {
      await waitFor(() => (lagOf(manager, 'replica-1') ?? 0) > 600)
      expect(chosen(manager)).toEqual(['replica-2'])
    })
    await waitFor(() => chosen(manager).join() === both.join())
  })
  it('is left out past the limit, also when there is none but it', async () => {
    const limit = { maxReplicaLagMs: 1_000 }
    await using manager = world.createManager(limit)
    await using strict = world.createManager({ ...limit, replicaFallback: 'error' })
    await manager.deregister('replica-2')
    await strict.deregister('replica-2')
    await untilMeasured(manager)
    expect(chosen(manager)).toEqual(['replica-1'])
    expect(strict.readiness().ready).toBe(true)
    await whileBehind(pause, resume, async () => {
      await waitFor(() => chosen(manager).join() === 'primary')
      expect(lagOf(manager, 'replica-1')).toBeGreaterThan(1_000)
      expect(manager.readiness().ready).toBe(true)
      await waitFor(() => strict.readiness().reason === 'lagging')
    })
    await waitFor(() => chosen(manager).join() === 'replica-1')
  })
  it('is known to be, although all that it was sent is replayed, when its primary feeds it no more', async () => {
    await using manager = world.createManager({ maxReplicaLagMs: 1_000 })
    await untilMeasured(manager)
    const conninfo = (await manager.pool('replica-1').query('show primary_conninfo')).rows[0]
    const set = (value: string): readonly string[] => [
      `alter system set primary_conninfo = ${pg.escapeLiteral(value)}`,
      'select pg_reload_conf()',
    ]
    const [starve, feed] = [set(''), set(conninfo.primary_conninfo)]
    await whileBehind(starve, feed, async () => {
      await waitFor(() => chosen(manager).join() === 'replica-2')
      await waitFor(() => manager.overview().standings[1]?.isBehind === true)
    })
    await waitFor(() => chosen(manager).join() === both.join(), { timeoutMs: 20_000 })
  })
})
