import { waitFor } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'
import { setUpProxiedWorld } from '../proxied-world.ts'

const world = setUpProxiedWorld()

describe('an outage', () => {
  it('is absorbed within the deadline while it is short', async () => {
    await using pool = world.createPool({ max: 2, connectionTimeoutMillis: 30_000 })
    await world.proxy.refuse()
    const waiting = pool.query('select 1 as one')
    await waitFor(() => pool.snapshot().totals.openFailures >= 2)
    await world.proxy.refuse(false)
    expect((await waiting).rows).toEqual([{ one: 1 }])
  })
  it('is taken for a wrong address where nobody asked to wait and no server ever answered', async () => {
    await using pool = world.createPool({ max: 2 })
    await world.proxy.refuse()
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await world.proxy.refuse(false)
    await pool.query('select 1')
    await world.proxy.refuse()
    world.proxy.all.reset()
    await waitFor(() => pool.totalCount === 0)
    const waiting = pool.query('select 1 as one')
    await waitFor(() => pool.snapshot().totals.openFailures >= 2)
    await world.proxy.refuse(false)
    expect((await waiting).rows).toEqual([{ one: 1 }])
  })
  it('is told at once when it lasts, and is over with the first trial that succeeds', async () => {
    await using pool = world.createPool({
      max: 2,
      connectionTimeoutMillis: 60_000,
      opening: { outageToleranceMs: 500 },
    })
    const breaker: string[] = []
    pool.monitor.on('breaker:opened', ({ type }) => void breaker.push(type))
    pool.monitor.on('breaker:closed', ({ type }) => void breaker.push(type))
    await world.proxy.refuse()
    const early = pool.query('select 1 as one')
    await waitFor(() => breaker.includes('breaker:opened'))
    await expect(pool.query('select 2')).rejects.toMatchObject({
      code: 'HALE_SERVER_UNAVAILABLE',
      cause: { code: 'ECONNREFUSED' },
    })
    expect(pool.readiness()).toEqual({ ready: false, reason: 'server-unreachable' })
    await world.proxy.refuse(false)
    expect((await early).rows).toEqual([{ one: 1 }])
    expect(breaker).toEqual(['breaker:opened', 'breaker:closed'])
    expect((await pool.query('select 3 as three')).rows).toEqual([{ three: 3 }])
  })
  it('ends without a caller: the pool goes on trying by itself', async () => {
    await using pool = world.createPool({
      max: 1,
      opening: { outageToleranceMs: 200, strictStart: false },
    })
    const breaker: string[] = []
    pool.monitor.on('breaker:opened', ({ type }) => void breaker.push(type))
    pool.monitor.on('breaker:closed', ({ type }) => void breaker.push(type))
    await world.proxy.refuse()
    const early = new AbortController()
    const waiting = pool.connect({ signal: early.signal })
    await waitFor(() => breaker.includes('breaker:opened'))
    early.abort()
    await expect(waiting).rejects.toThrow('aborted')
    await world.proxy.refuse(false)
    await waitFor(() => breaker.includes('breaker:closed'), { timeoutMs: 20_000 })
    expect(pool.idleCount).toBe(1)
  })
})

describe('what no waiting can mend', () => {
  const cases: readonly (readonly [string, HealthAwarePoolOptions, object])[] = [
    ['a wrong password', { password: 'wrong' }, { code: '28P01' }],
    ['a user that does not exist', { user: 'nobody_here' }, { code: '28P01' }],
    ['a database that does not exist', { database: 'not_here' }, { code: '3D000' }],
  ]
  it.each(cases)(
    'rejects every caller at once with pg’s own error: %s',
    async (_what, options, error) => {
      const { host, port, user, password, database } = world.server
      const address = { host, port, user, password, database }
      await using pool = new HealthAwarePool({ ...address, ...options, max: 3 })
      const callers = Array.from({ length: 20 }, () => pool.query('select 1'))
      for (const caller of callers) await expect(caller).rejects.toMatchObject(error)
      expect(pool.snapshot().totals.openFailures).toBeLessThanOrEqual(3)
    },
  )
  it('rejects at once when the host has no address, in strict mode only', async () => {
    const address = { host: 'no-such-host.invalid', user: 'postgres', database: 'postgres' }
    await using strict = new HealthAwarePool({ ...address, opening: { strictHost: true } })
    await expect(strict.query('select 1')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await using patient = new HealthAwarePool({ ...address, connectionTimeoutMillis: 700 })
    await expect(patient.query('select 1')).rejects.toMatchObject({
      code: 'HALE_ACQUIRE_TIMEOUT',
      reason: 'server-down',
      cause: { code: 'ENOTFOUND' },
    })
  })
})
