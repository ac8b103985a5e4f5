import { describe, expect, it, vi } from 'vitest'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { clientAt, connectionOf, hear, lease, reset } from './world-steps.ts'

vi.mock('../../src/pool/cancel-request.ts', () => import('./fake-cancel.ts'))

/** A connection that came back while its statement ran, and a caller who waits for it. */
function createBusy(options: WorldOptions = {}): {
  world: World
  client: FakeClient
  waiter: ReturnType<World['acquire']>
} {
  const world = createWorld({ max: 1, connectionTimeoutMillis: 60_000, ...options })
  const client = lease(world)
  client.query('SELECT 1', () => {})
  const waiter = world.acquire()
  return { world, client, waiter }
}

function cancel(client: FakeClient, delivered = true): void {
  if (client.onCancel === undefined) throw new Error('no cancel is on its way')
  client.onCancel(delivered)
}

describe('a connection that comes back busy', () => {
  it('is lent again when its statement ends by itself, and is not cancelled', () => {
    const { world, client, waiter } = createBusy()
    world.release(client)
    world.clock.advance(99)
    client.answer()
    expect(waiter.client).toBe(client)
    world.clock.advance(10_000)
    expect(client.onCancel).toBeUndefined()
  })
  it('is lent again when nothing was sent, so that nothing can be cancelled', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 60_000 })
    const client = lease(world)
    const waiter = world.acquire()
    const connection = connectionOf(world, client)
    Object.assign(connection.wire, { outstanding: 1, writtenBefore: 7 })
    Object.assign(client.connection.stream, { bytesWritten: 7 })
    expect(connection.runningSince).toBeUndefined()
    world.release(client)
    world.clock.advance(100)
    expect(client.onCancel).toBeUndefined()
    expect(waiter.client).toBe(client)
  })
  it('has its statement cancelled, and is asked once more before it is lent', () => {
    const { world, client, waiter } = createBusy()
    world.release(client)
    world.clock.advance(100)
    client.refuse('57014', 'ERROR')
    cancel(client)
    expect(waiter.client).toBeUndefined()
    expect(client.sent.at(-1)).toBe('')
    client.answer()
    expect(waiter.client).toBe(client)
  })
  it('has the cancel wait for a statement that ends later', () => {
    const { world, client, waiter } = createBusy()
    world.release(client)
    world.clock.advance(100)
    cancel(client)
    expect(client.sent.at(-1)).toBe('SELECT 1')
    client.refuse('57014', 'ERROR')
    client.answer()
    expect(waiter.client).toBe(client)
  })
  it('is lent although the late cancel hit the probe', () => {
    const { world, client, waiter } = createBusy()
    world.release(client)
    world.clock.advance(100)
    client.answer()
    cancel(client)
    client.refuse('57014', 'ERROR')
    expect(waiter.client).toBe(client)
  })
  it('is not lent while a cancel is on its way that may hit the next statement', () => {
    const { world, client, waiter } = createBusy()
    world.release(client)
    world.clock.advance(100)
    client.answer()
    expect(waiter.client).toBeUndefined()
    expect(client.sent).toEqual(['SELECT 1'])
  })
  it('has its rollback left alone, although it comes back just before the cancel would', () => {
    const { world, client, waiter } = createBusy()
    client.answer()
    client.query('BEGIN', () => {})
    world.release(client)
    world.clock.advance(99)
    client.answer()
    world.clock.advance(1)
    expect(client.onCancel).toBeUndefined()
    client.answer()
    expect(waiter.client).toBe(client)
  })
  it('is rolled back behind the cancel', () => {
    const { world, client, waiter } = createBusy()
    client.answer()
    client.query('BEGIN', () => {})
    client.answer()
    client.query('SELECT 1', () => {})
    world.release(client)
    world.clock.advance(100)
    client.refuse('57014', 'ERROR')
    cancel(client)
    client.answer()
    expect(client.sent.at(-1)).toBe('ROLLBACK')
    client.answer()
    expect(waiter.client).toBe(client)
  })
  it('is closed when the cancel cannot be delivered', () => {
    const { world, client, waiter } = createBusy()
    const evicted = hear(world, 'connection:evicted')
    world.release(client)
    world.clock.advance(100)
    cancel(client, false)
    expect(evicted).toMatchObject([{ cause: 'busy' }])
    clientAt(world, 1).settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
  })
  it('is closed when its statement is deaf to the cancel', () => {
    const { world, client } = createBusy()
    world.release(client)
    world.clock.advance(100)
    cancel(client)
    world.clock.advance(499)
    expect(client.isDead).toBe(false)
    world.clock.advance(1)
    expect(client.isDead).toBe(true)
  })
  it('is cancelled again before that, as the cancel may have come before the statement', () => {
    const { world, client, waiter } = createBusy()
    world.release(client)
    world.clock.advance(100)
    cancel(client)
    world.clock.advance(249)
    expect(client.onCancel).toBeUndefined()
    world.clock.advance(1)
    cancel(client)
    client.refuse('57014', 'ERROR')
    client.answer()
    expect(waiter.client).toBe(client)
  })
  it('is closed when the probe behind the cancel is not answered', () => {
    const { world, client } = createBusy({ health: { cleanupTimeoutMs: 1_000 } })
    world.release(client)
    world.clock.advance(100)
    client.answer()
    cancel(client)
    client.connection.stream.destroy = () => {} // a black hole: not even its close is answered
    client.end = () => {}
    world.clock.advance(900)
    expect(world.engine.counts()).toMatchObject({ cleaning: 0, closing: 1 })
    world.clock.advance(1_000) // the probe's own patience ends, and is of no interest any more
    expect(world.engine.counts()).toMatchObject({ total: 1, opening: 1 })
  })
  it('does not mind a cancel that is told after it died', () => {
    const { world, client } = createBusy()
    world.release(client)
    world.clock.advance(100)
    const settle = client.onCancel
    client.die(reset)
    settle?.(true)
    world.clock.advance(5_000) // its own time is up as well
    expect(client.sent).toEqual(['SELECT 1'])
    expect(world.engine.counts()).toMatchObject({ total: 1, opening: 1 })
  })
  it('does not mind a cancel that is told after it was closed', () => {
    const { world, client } = createBusy({ health: { cleanupTimeoutMs: 200 } })
    world.release(client)
    world.clock.advance(100)
    const settle = client.onCancel
    world.clock.advance(100)
    expect(client.isDead).toBe(true)
    settle?.(true)
    expect(client.sent).toEqual(['SELECT 1'])
  })
  it('is cancelled at once when its holder gave it up', () => {
    const { world, client, waiter } = createBusy()
    connectionOf(world, client).isAborted = true
    world.release(client)
    world.clock.advance(0)
    client.refuse('57014', 'ERROR')
    cancel(client)
    client.answer()
    expect(waiter.client).toBe(client)
    expect(connectionOf(world, client).isAborted).toBe(false)
  })
})

describe('a rollback', () => {
  it('that leaves a transaction open costs the connection', () => {
    const world = createWorld({ max: 1 })
    const evicted = hear(world, 'connection:evicted')
    const client = lease(world)
    client.query('BEGIN', () => {})
    client.answer()
    world.release(client)
    client.refuse('55P03', 'ERROR')
    expect(evicted).toMatchObject([{ cause: 'transaction' }])
  })
  it('has the next leases noted, where it was called for', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    client.query('BEGIN', () => {})
    client.answer()
    expect(world.engine.callSites.sampleExactly(lease)).toBeUndefined()
    world.release(client)
    expect(world.engine.callSites.sampleExactly(lease)).toBeDefined()
  })
})
