import { startPostgres, type TestPostgres, terminateBackend, waitFor } from '@hale/testkit'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { cleanLease, pidOf, quietHealth, recordLease } from './record-lease.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

function createPool(max: number): HealthAwarePool {
  return new HealthAwarePool({
    connectionString: server.connectionString,
    max,
    health: quietHealth,
  })
}

/** Payloads that reach `client` from now on. */
function payloadsOf(client: pg.PoolClient): (string | undefined)[] {
  const payloads: (string | undefined)[] = []
  client.on('notification', ({ payload }) => void payloads.push(payload))
  return payloads
}

describe('LISTEN', () => {
  it('brings notifications to the client that is held', async () => {
    await using pool = createPool(2)
    const listener = await pool.connect()
    const payloads = payloadsOf(listener)
    await listener.query('listen news')
    await pool.query("select pg_notify('news', 'one')")
    await waitFor(() => payloads.length === 1)
    await pool.query("select pg_notify('news', 'two')")
    await waitFor(() => payloads.length === 2)
    expect(payloads).toEqual(['one', 'two'])
    await listener.query('unlisten *')
    listener.release()
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([2, 2, 0])
  })
  it('with UNLISTEN before release leaves a clean client', async () => {
    await using pool = createPool(1)
    const used = await recordLease(pool, async (client) => {
      await client.query('listen news')
      await client.query('unlisten news')
    })
    expect(used).toEqual({ ...cleanLease, attempts: 2 })
  })
  it('without UNLISTEN stays with the connection, as in pg.Pool', async () => {
    await using pool = createPool(1)
    const used = await recordLease(pool, (client) => client.query('listen news'))
    expect(used).toEqual({ ...cleanLease, next: { one: 1, listening: ['news'] } })
    const next = await pool.connect()
    const payloads = payloadsOf(next)
    await next.query("select pg_notify('news', 'not for you')")
    expect(payloads).toEqual(['not for you'])
    next.release()
  })
  it('tells its holder with an error event when the backend dies, and frees the slot', async () => {
    await using pool = createPool(2)
    const errors: string[] = []
    const listener = await pool.connect()
    listener.on('error', (error) => void errors.push(error.message))
    await listener.query('listen news')
    await terminateBackend(pool, pidOf(listener))
    await waitFor(() => errors.length > 0)
    expect(errors[0]).toBe('terminating connection due to administrator command')
    listener.release()
    await waitFor(() => pool.totalCount === 1)
    const again = await pool.connect()
    const payloads = payloadsOf(again)
    await again.query('listen news')
    await pool.query("select pg_notify('news', 'back')")
    await waitFor(() => payloads.length === 1)
    await again.query('unlisten *')
    again.release()
  })
})
