import { describe, expect, it } from 'vitest'
import { AcquireTimeoutError } from '../../src/errors.ts'
import { createWorld } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { clientAt, connectionOf, lease, warm } from './world-steps.ts'

describe('acquire', () => {
  it('lends the latest used connection at once', () => {
    const world = createWorld()
    const clients = warm(world, 2)
    expect(world.acquire().client).toBe(clients[1])
  })
  it('lends a connection that was only probed after those that were used later', () => {
    const world = createWorld()
    const [first, second] = [lease(world), lease(world)]
    world.release(first)
    world.clock.advance(1)
    world.release(second)
    world.port.probe(connectionOf(world, first).id)
    first.answer()
    expect([world.acquire().client, world.acquire().client]).toEqual([second, first])
  })
  it('gives a connection that comes back to the first waiter, not to the opening it caused', () => {
    const world = createWorld({ max: 2 })
    const held = lease(world)
    const waiter = world.acquire()
    world.release(held)
    expect(waiter.client).toBe(held)
  })
  it('verifies a connection that was silent for longer than the bypass window', () => {
    const world = createWorld({ health: { bypassWindowMs: 500 } })
    const [client] = warm(world, 1)
    world.clock.advance(501)
    const caller = world.acquire()
    expect(caller.client).toBeUndefined()
    expect(client?.sent).toEqual([''])
    client?.answer()
    expect(caller.client).toBe(client)
  })
  it('opens another connection when the one it verifies does not answer at once', () => {
    const world = createWorld({ health: { probeTimeoutMs: 1_000 } })
    warm(world, 1)
    world.clock.advance(600)
    const caller = world.acquire()
    world.clock.advance(250)
    world.clients.find((each) => each.isConnecting)?.settleConnect()
    expect(caller.client).toBe(clientAt(world, 1))
  })
  it('expects nothing more of a connection that was closed while it was verified', () => {
    const world = createWorld({ max: 1, health: { probeTimeoutMs: 1_000 } })
    const [client] = warm(world, 1) as [FakeClient]
    client.end = () => {} // a black hole
    client.connection.stream.destroy = () => {}
    world.clock.advance(600)
    world.acquire()
    world.engine.condemn(connectionOf(world, client), 'unresponsive')
    expect(world.clients).toHaveLength(2)
    world.clock.advance(900)
    expect(world.clients).toHaveLength(2)
    expect(world.engine.counts()).toMatchObject({ opening: 1, closing: 1 })
    world.clock.advance(1_100)
    expect(world.engine.counts()).toMatchObject({ closing: 0 })
  })
  it('evicts a connection that does not answer in time', () => {
    const world = createWorld({ health: { probeTimeoutMs: 1_000 } })
    warm(world, 1)
    world.clock.advance(600)
    world.acquire()
    world.clock.advance(1_000)
    expect(world.clients[0]?.isDead).toBe(true)
  })
  it('verifies whatever was not heard of since a connection died', () => {
    const world = createWorld()
    const [older, dead] = warm(world, 2)
    world.clock.advance(1)
    dead?.die(new Error('read ECONNRESET'))
    const caller = world.acquire()
    expect(caller.client).toBeUndefined()
    older?.answer()
    expect(caller.client).toBe(older)
  })
  it('verifies a connection whose holder left it silent before it gives it to a waiter', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 60_000 })
    const held = lease(world)
    const waiter = world.acquire()
    world.clock.advance(30_000)
    world.release(held)
    expect(waiter.client).toBeUndefined()
    held.answer()
    expect(waiter.client).toBe(held)
  })
  it('fails each waiter at its own deadline, with the counts and pg-pool’s words', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 1_000 })
    lease(world)
    const first = world.acquire()
    world.clock.advance(400)
    const second = world.acquire()
    world.clock.advance(600)
    expect(first.error).toBeInstanceOf(AcquireTimeoutError)
    expect(first.error).toMatchObject({
      code: 'HALE_ACQUIRE_TIMEOUT',
      reason: 'busy',
      waitedMs: 1_000,
    })
    expect(first.error?.message).toMatch(/^timeout exceeded when trying to connect/)
    expect(second.settledAt).toBeUndefined()
    world.clock.advance(400)
    expect(second.error).toMatchObject({ counts: { max: 1, leased: 1, waiting: 0 } })
  })
})
