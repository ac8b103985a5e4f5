import { describe, expect, it } from 'vitest'
import { createWorld, type World } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { clientAt, connecting, hear, lease, reset, warm } from './world-steps.ts'

function resize(world: World, max: number): void {
  world.options.max = max
  world.engine.tend()
}

describe('a lowered max', () => {
  it('closes what is idle at once, the longest unused first', () => {
    const world = createWorld({ max: 4 })
    const retired = hear(world, 'connection:retired')
    const clients = warm(world, 4)
    resize(world, 2)
    expect(clients.map(({ isDead }) => isDead)).toEqual([true, true, false, false])
    expect(retired).toMatchObject([{ cause: 'surplus' }, { cause: 'surplus' }])
  })
  it('closes what is lent as it comes back', () => {
    const world = createWorld({ max: 3 })
    const held = [lease(world), lease(world), lease(world)]
    resize(world, 1)
    expect(world.engine.size).toBe(3)
    for (const client of held) world.release(client)
    expect(held.map(({ isDead }) => isDead)).toEqual([true, true, false])
  })
  it('does not count the successor of a connection that is about to leave', () => {
    const world = createWorld({ max: 1 })
    const old = lease(world)
    const [connection] = world.engine.connections()
    if (connection !== undefined) world.engine.replacements.replace(connection, 'operator')
    expect(world.engine.size).toBe(2)
    world.engine.tend()
    world.release(old)
    expect(old.isDead).toBe(false) // its successor may still fail
    expect(connecting(world)).toHaveLength(1)
  })
})

describe('a raised max', () => {
  it('serves the waiters at once', () => {
    const world = createWorld({ max: 1 })
    lease(world)
    const waiter = world.acquire()
    resize(world, 2)
    clientAt(world, 1).settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
  })
})

describe('min', () => {
  it('is filled without anybody asking, up to max', () => {
    const world = createWorld({ min: 5, max: 5 })
    world.options.max = 3
    world.engine.fillToMinimum()
    expect(connecting(world)).toHaveLength(3)
  })
})

describe('maxUses', () => {
  it('ends a connection after so many leases', () => {
    const world = createWorld({ max: 1, maxUses: 2 })
    const retired = hear(world, 'connection:retired')
    const client = lease(world)
    world.release(client)
    expect(world.acquire().client).toBe(client)
    world.release(client)
    expect(client.isDead).toBe(true)
    expect(retired).toMatchObject([{ cause: 'uses' }])
  })
})

describe('maxLifetimeMs', () => {
  it('has a connection that nobody may have any more make room for a caller', () => {
    const world = createWorld({ max: 1, maxLifetimeMs: 1_000 })
    const [old] = warm(world, 1) as [FakeClient]
    world.clock.advance(1_000)
    const caller = world.acquire()
    expect(old.isDead).toBe(true)
    clientAt(world, 1).settleConnect()
    expect(caller.client).toBe(clientAt(world, 1))
  })
})

describe('allowExitOnIdle', () => {
  it('lets the process end while a connection is idle, and not while it is lent', () => {
    const world = createWorld({ allowExitOnIdle: true })
    const client = lease(world)
    expect(client.isRef).toBe(true)
    world.release(client)
    expect(client.isRef).toBe(false)
    world.acquire()
    expect(client.isRef).toBe(true)
  })
  it('leaves sockets alone where it is off', () => {
    const world = createWorld()
    const [client] = warm(world, 1)
    expect(client?.isRef).toBe(true)
  })
})

describe('an idle connection that dies', () => {
  it('is told to the application once', () => {
    const world = createWorld()
    const [client] = warm(world, 1)
    client?.die(reset)
    expect(world.events.filter((event) => event === 'error')).toHaveLength(1)
    expect(world.engine.size).toBe(0)
  })
  it('is no error where its socket just ended', () => {
    const world = createWorld()
    const [client] = warm(world, 1)
    client?.die()
    expect(world.events).not.toContain('error')
    expect(world.engine.size).toBe(0)
  })
})
