import type { HealthEvent, HealthEventType } from '@hale/core'
import type { HealthAwarePool } from '@hale/pg'
import { createFaultProxy, terminateBackend, waitFor } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { muffled, setUpAbusedWorld, soon, untilIssue } from './abused-world.ts'
import { eventTypes, onEveryEvent } from './every-event.ts'

const world = setUpAbusedWorld({ log_statement: 'none' })

/** What a promotion is needed for. */
const unseen: readonly HealthEventType[] = ['server:changed']

type Listen = (event: HealthEvent, pool: HealthAwarePool) => unknown

const misbehaving: readonly (readonly [string, Listen])[] = [
  [
    'throw',
    () => {
      throw new Error('listener')
    },
  ],
  ['reject', () => Promise.reject(new Error('listener'))],
  ['never settle', () => new Promise(() => {})],
  ['take themselves off', ({ type }, pool) => pool.monitor.removeAllListeners(type)],
  // once for each type: one that queries whenever a connection is leased would feed itself for ever
  ['call the pool again', callOnce()],
]

function callOnce(): Listen {
  const called = new Set<HealthEventType>()
  return ({ type }, pool) => {
    if (called.has(type)) return undefined
    called.add(type)
    pool.snapshot()
    pool.readiness()
    pool.recycle(1)
    if (type !== 'connection:released') pool.evictAll()
    return muffled(pool.query('select 1')) // the pool may have ended by then
  }
}

/** Has nearly every event happen, by what happens in the life of a pool; its callers notice none of it. */
async function liveThrough(pool: HealthAwarePool, refuse: (isDown: boolean) => Promise<void>) {
  const { rows } = await pool.query('select 1 as one')
  expect(rows).toEqual([{ one: 1 }])
  const leaking = await pool.connect()
  await leaking.query('begin')
  leaking.release()
  const holders = await Promise.all([pool.connect(), pool.connect()])
  const [idle] = holders
  await idle.query('begin')
  await untilIssue(pool, 'idle_in_transaction')
  await expect(pool.connect()).rejects.toMatchObject({ code: 'HALE_ACQUIRE_TIMEOUT' })
  await idle.query('rollback')
  for (const holder of holders) holder.release()
  await pool.query('select 2')
  const admin = await world.connectStranger()
  const victim = await pool.connect()
  victim.on('error', () => {})
  await terminateBackend(admin, (victim as unknown as { processID: number }).processID)
  await muffled(victim.query('select 3'))
  victim.release()
  await refuse(true)
  pool.evictAll()
  const isTold = async (): Promise<boolean> => {
    const error: unknown = await pool.query('select 4').then(
      () => undefined,
      (reason) => reason,
    )
    return (error as { code?: string } | undefined)?.code === 'HALE_SERVER_UNAVAILABLE'
  }
  await waitFor(isTold, { describe: 'an outage that is told' })
  await refuse(false)
  await waitFor(() => muffled(pool.query('select 5')), { describe: 'a pool that serves again' })
}

describe.each(misbehaving)('listeners that %s', (what, listen) => {
  it('harm neither callers nor the pool, whatever they listen to', async () => {
    await using proxy = await createFaultProxy(world.server)
    const pool = world.createPool({
      ...soon,
      connectionString: proxy.connectionString(world.server.connectionString),
      max: 2,
      connectionTimeoutMillis: 400,
      idleTimeoutMillis: 100,
      opening: { outageToleranceMs: 100, strictStart: false },
      health: { ...soon.health, probeIntervalMs: 50, bypassWindowMs: 0 },
    })
    const seen = new Set<HealthEventType>()
    for (const type of eventTypes) pool.monitor.on(type, () => void seen.add(type))
    onEveryEvent(pool, (event) => {
      seen.add(event.type)
      return listen(event, pool)
    })
    await liveThrough(pool, async (isDown) => {
      await proxy.refuse(isDown)
      if (isDown) proxy.all.reset()
    })
    await waitFor(() => seen.has('connection:retired'), {
      describe: 'an idle connection that goes',
    })
    await pool.end()
    expect(pool.totalCount).toBe(0)
    if (what !== 'take themselves off') {
      expect(eventTypes.filter((type) => !seen.has(type))).toEqual(unseen)
    }
    const { listenerErrors } = pool.monitor
    if (what === 'throw' || what === 'reject') expect(listenerErrors).toBeGreaterThan(10)
    else expect(listenerErrors).toBe(0)
  })
})

describe('a listener that ends the pool', () => {
  const within: readonly HealthEventType[] = [
    'acquire:queued',
    'connection:opened',
    'connection:leased',
    'connection:released',
    'connection:condemned',
    'connection:evicted',
    'connection:closed',
    'issue:raised',
    'issue:cleared',
    'sweep:finished',
  ]
  it.each(within)('when it hears of %s leaves no caller behind', async (type) => {
    const pool = world.createPool({ ...soon, max: 1, endTimeoutMs: 1_000 })
    pool.monitor.once(type, () => pool.end())
    const callers = Array.from({ length: 5 }, () => muffled(pool.query('select 1')))
    const leak = muffled(
      pool.connect().then(async (client) => {
        await client.query('begin').finally(() => client.release())
      }),
    )
    pool.evictAll()
    await Promise.all([...callers, leak])
    if (!pool.ending) pool.evictAll()
    await waitFor(() => pool.ending, { describe: `${type} to be heard of` })
    await pool[Symbol.asyncDispose]()
    expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'HALE_POOL_CLOSED' })
  })
})

describe('a listener that blocks the process', () => {
  it('ends no connection and no caller’s wait', async () => {
    const pool = world.createPool({ ...soon, max: 1, connectionTimeoutMillis: 500 })
    let blocks = 2
    pool.monitor.on('sweep:finished', () => {
      if (blocks-- > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700)
    })
    const closed: unknown[] = []
    pool.monitor.on('connection:closed', (event) => closed.push(event))
    const slow = pool.query('select pg_sleep(0.3)')
    const waiting = pool.query('select 1 as one')
    await slow
    expect((await waiting).rows).toEqual([{ one: 1 }])
    await waitFor(() => blocks < 0, { describe: 'both stalls' })
    expect((await pool.query('select 2 as two')).rows).toEqual([{ two: 2 }])
    expect(closed).toEqual([])
    const issues = [...pool.monitor.openIssues(), ...pool.monitor.history()]
    expect(issues.filter(({ type }) => type === 'unresponsive')).toEqual([])
  })
})
