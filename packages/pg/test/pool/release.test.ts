import { describe, expect, it } from 'vitest'
import { createWorld } from './engine-world.ts'
import { clientAt, lease } from './world-steps.ts'

describe('release', () => {
  it('is synchronous when the connection is clean', () => {
    const world = createWorld()
    world.release(lease(world))
    expect(world.engine.idleCount).toBe(1)
  })
  it('refuses a double release, also after the connection was lent again', () => {
    const world = createWorld()
    const client = lease(world)
    const { release } = client
    world.release(client)
    expect(() => release?.()).toThrow('already been released')
    world.acquire()
    expect(() => release?.()).toThrow('already been released')
    expect(world.engine.counts().leased).toBe(1)
  })
  it('rolls an open transaction back before anybody else gets the connection', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    client.query('BEGIN', () => {})
    client.answer()
    const waiter = world.acquire()
    world.release(client)
    expect(waiter.client).toBeUndefined()
    expect(client.sent).toEqual(['BEGIN', 'ROLLBACK'])
    expect(world.monitor.openIssues().map(({ type }) => type)).toEqual(['transaction_leak'])
    client.answer()
    expect(waiter.client).toBe(client)
    expect(world.monitor.openIssues()).toEqual([])
  })
  it('closes a connection whose rollback is not answered', () => {
    const world = createWorld({ health: { cleanupTimeoutMs: 1_000 } })
    const client = lease(world)
    client.query('BEGIN', () => {})
    client.answer()
    world.release(client)
    world.clock.advance(1_000)
    expect(client.isDead).toBe(true)
    expect(world.engine.size).toBe(0)
  })
  it('closes a connection that is still busy and cannot be cancelled', () => {
    const world = createWorld()
    const client = lease(world)
    client.query('SELECT 1', () => {})
    world.release(client)
    expect(world.engine.counts().cleaning).toBe(1)
    world.clock.advance(100)
    expect(client.isDead).toBe(true)
  })
  it('never lends a connection again after FATAL, although its socket is still open', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    const waiter = world.acquire()
    client.query('SELECT 1', () => world.release(client))
    client.refuse('57P01', 'FATAL')
    expect(waiter.client).toBeUndefined()
    world.clients[1]?.settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
  })
  it('closes a connection that comes back after its lifetime', () => {
    const world = createWorld({ maxLifetimeMs: 10_000 })
    const client = lease(world)
    world.clock.advance(10_000)
    world.release(client)
    expect(client.isDead).toBe(true)
  })
  it('frees the slot at once when the holder releases with an error', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    const waiter = world.acquire()
    client.end = () => {} // a black hole: the close is never answered
    client.connection.stream.destroy = () => {}
    world.release(client, new Error('it hangs'))
    world.clients[1]?.settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
    expect(world.engine.counts()).toMatchObject({ total: 1, closing: 1 })
    world.clock.advance(2_000)
    expect(world.engine.counts().closing).toBe(0)
  })
})
