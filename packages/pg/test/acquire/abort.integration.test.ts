import { waitFor } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { pidOf, setUpProxiedWorld } from '../proxied-world.ts'

const world = setUpProxiedWorld()

async function stateOf(pid: number): Promise<string | undefined> {
  const text = 'select state from pg_stat_activity where pid = $1'
  const { rows } = await world.admin.query<{ state: string }>(text, [pid])
  return rows[0]?.state
}

describe('an AbortSignal', () => {
  it('takes a waiter out of the queue, who never gets a connection', async () => {
    await using pool = world.createPool({ max: 1 })
    const held = await pool.connect()
    const abort = new AbortController()
    const reason = new Error('the request is gone')
    const first = pool.connect({ signal: abort.signal })
    const second = pool.query({ text: 'select 2 as two', signal: abort.signal })
    const third = pool.query('select 3 as three')
    abort.abort(reason)
    await expect(first).rejects.toBe(reason)
    await expect(second).rejects.toBe(reason)
    expect(pool.waitingCount).toBe(1)
    held.release()
    expect((await third).rows).toEqual([{ three: 3 }])
    expect(world.statements.filter((text) => text.startsWith('select 2'))).toEqual([])
  })
  it('sends nothing when it has aborted before', async () => {
    await using pool = world.createPool({ max: 1 })
    const signal = AbortSignal.abort()
    await expect(pool.connect({ signal })).rejects.toBe(signal.reason)
    await expect(pool.query({ text: 'select 1', signal })).rejects.toBe(signal.reason)
    expect(pool.totalCount).toBe(0)
  })
  it('rejects at once under a running statement, which is cancelled on the server', async () => {
    await using pool = world.createPool({ max: 1 })
    const client = await pool.connect()
    const pid = pidOf(client)
    client.release()
    const abort = new AbortController()
    const running = pool.query({ text: 'select pg_sleep(600)', signal: abort.signal })
    await waitFor(async () => (await stateOf(pid)) === 'active')
    abort.abort()
    await expect(running).rejects.toBe(abort.signal.reason)
    const next = await pool.connect()
    expect(pidOf(next)).toBe(pid)
    expect(await stateOf(pid)).toBe('idle')
    expect(next.listenerCount('error')).toBeGreaterThan(0)
    next.release()
    expect(world.statements.filter((text) => text.includes('pg_sleep'))).toHaveLength(1)
  })
  it('does nothing once the statement was answered', async () => {
    await using pool = world.createPool({ max: 1 })
    const abort = new AbortController()
    const { signal } = abort
    expect((await pool.query({ text: 'select 1 as one', signal })).rows).toEqual([{ one: 1 }])
    const lease = await pool.lease({ signal })
    abort.abort()
    expect((await lease.client.query('select 2 as two')).rows).toEqual([{ two: 2 }])
    await lease[Symbol.asyncDispose]()
    expect(pool.idleCount).toBe(1)
  })
  it('rejects although its reason is nothing', async () => {
    await using pool = world.createPool({ max: 1 })
    const abort = new AbortController()
    const { signal } = abort
    const running = pool.query({ text: 'select pg_sleep(600)', signal })
    const waiting = [pool.query({ text: 'select 1', signal }), pool.connect({ signal })]
    await waitFor(() => world.statements.length === 1)
    abort.abort(null)
    for (const caller of [running, ...waiting]) {
      await expect(caller).rejects.toMatchObject({ name: 'AbortError' })
    }
    await expect(pool.query({ text: 'select 1', signal })).rejects.toThrow('aborted')
  })
  it('must be one', async () => {
    await using pool = world.createPool()
    const signal = 'soon' as unknown as AbortSignal
    const message = 'expected `signal` to be an AbortSignal, got string'
    await expect(pool.connect({ signal })).rejects.toThrow(message)
    await expect(pool.query({ text: 'select 1', signal })).rejects.toThrow(message)
  })
})
