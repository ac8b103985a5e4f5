import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwareConnectionManager } from '../src/index.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

describe('HealthAwareConnectionManager', () => {
  it('holds pools by name, with one snapshot, one readiness and one shutdown', async () => {
    const manager = new HealthAwareConnectionManager()
    const { connectionString } = server
    const primary = manager.register('primary', { connectionString, max: 2 })
    manager.register('reports', { connectionString, max: 1 })
    const { rows } = await manager.connection('reports', (client) =>
      client.query('select 1 as one'),
    )
    expect(rows).toEqual([{ one: 1 }])
    expect(manager.names()).toEqual(['primary', 'reports'])
    expect(manager.pool('primary')).toBe(primary)
    expect(manager.snapshot()).toMatchObject({
      primary: { counts: { total: 0, max: 2 } },
      reports: { counts: { total: 1, max: 1 } },
    })
    expect(manager.readiness()).toMatchObject({
      ready: true,
      pools: { reports: { reason: 'ready' } },
    })
    await manager.close()
    expect(primary.ended).toBe(true)
    expect(manager.readiness()).toMatchObject({ ready: false, reason: 'closed' })
  })
  it('refuses a name that is taken, and says which are registered', async () => {
    await using manager = new HealthAwareConnectionManager()
    manager.register('primary', {})
    expect(() => manager.register('primary', {})).toThrow(
      'name: expected a name that is not registered',
    )
    expect(() => manager.pool('primry')).toThrow(/one of the registered names \(primary\)/)
  })
  it.each([
    [['ours', 'leaving', 'theirs']],
    [['ours', 'theirs', 'leaving']],
    [['theirs', 'leaving', 'ours']],
  ])('is closed when its last pool has ended, whoever has begun that: %j', async (order) => {
    const manager = new HealthAwareConnectionManager({
      defaults: { connectionString: server.connectionString },
    })
    const pools = order.map((name) => manager.register(name, {}))
    const clients = await Promise.all(pools.map((pool) => pool.connect()))
    const theirs = manager.pool('theirs').end()
    const leaving = manager.deregister('leaving')
    let isClosed = false
    const closing = manager.close().then(() => {
      isClosed = true
    })
    for (const [index, client] of clients.entries()) {
      const ended = (): number => pools.filter((pool) => pool.ended).length
      await waitFor(() => ended() === index)
      expect(isClosed).toBe(false)
      client.release()
    }
    await Promise.all([closing, theirs, leaving])
    expect(pools.map(({ ended }) => ended)).toEqual([true, true, true])
  })
  it('gives the client back when the work fails', async () => {
    await using manager = new HealthAwareConnectionManager()
    const pool = manager.register('primary', { connectionString: server.connectionString, max: 1 })
    const work = manager.connection('primary', (client) => client.query('select 1/0'))
    await expect(work).rejects.toMatchObject({ code: '22012' })
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect(pool.totalCount).toBe(1)
  })
})
