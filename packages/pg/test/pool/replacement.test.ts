import { describe, expect, it } from 'vitest'
import { createWorld, type World } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import {
  clientAt,
  connecting,
  connectionOf,
  hear,
  lease,
  refused,
  reset,
  warm,
} from './world-steps.ts'

describe('replacement', () => {
  it('opens the successor before the old connection leaves', () => {
    const world = createWorld({ max: 1 })
    const [old] = warm(world, 1)
    const [connection] = [...world.engine.connections()]
    if (connection !== undefined) world.engine.replacements.replace(connection, 'operator')
    expect(old?.isDead).toBe(false)
    expect(world.engine.size).toBe(2)
    world.clients[1]?.settleConnect()
    expect(old?.isDead).toBe(false) // not before its successor has answered
    world.clients[1]?.answer()
    expect(old?.isDead).toBe(true)
    expect(world.engine.size).toBe(1)
  })
  it('leaves the old connection in place when no successor can be opened', () => {
    const world = createWorld({ max: 1 })
    const [old] = warm(world, 1)
    const replace = () => {
      const [connection] = [...world.engine.connections()]
      return connection !== undefined && world.engine.replacements.replace(connection, 'operator')
    }
    expect(replace()).toBe(true)
    world.clients[1]?.settleConnect(refused)
    expect(world.acquire().client).toBe(old)
    expect(replace()).toBe(false) // not before the back-off is over
    world.clock.advance(250)
    expect(replace()).toBe(true)
    world.clients[2]?.settleConnect()
    world.clients[2]?.answer()
    expect(world.engine.size).toBe(2)
    if (old !== undefined) world.release(old)
    expect(old?.isDead).toBe(true)
    expect(world.engine.size).toBe(1)
  })
  it('warms one successor at a time', () => {
    const world = createWorld({ max: 5 })
    warm(world, 3)
    const begun = [...world.engine.connections()].map((each) =>
      world.engine.replacements.replace(each, 'operator'),
    )
    expect(begun).toEqual([true, false, false])
  })
  it('retires a connection at the end of its lifetime, its successor first while it is in use', () => {
    const world = createWorld({ max: 2, maxLifetimeMs: 10_000, idleTimeoutMillis: 0 })
    world.release(lease(world))
    const client = lease(world)
    world.clock.advance(9_990)
    world.sweeper.sweep()
    world.clients[1]?.settleConnect()
    world.clients[1]?.answer()
    expect(world.engine.size).toBe(2)
    world.release(client)
    expect(client.isDead).toBe(true)
    expect(world.engine.counts()).toMatchObject({ total: 1, idle: 1 })
  })
  it('retires one that its first caller keeps past its lifetime when it is released, as pg.Pool does', () => {
    const world = createWorld({ max: 2, maxLifetimeMs: 10_000, idleTimeoutMillis: 0 })
    const client = lease(world)
    world.clock.advance(10_000)
    world.sweeper.sweep()
    expect([world.engine.size, client.isDead]).toEqual([1, false])
    world.release(client)
    expect([world.engine.size, client.isDead]).toEqual([0, true])
  })
  it('closes idle connections after idleTimeoutMillis, down to min', () => {
    const world = createWorld({ max: 3, min: 1, idleTimeoutMillis: 1_000 })
    warm(world, 3)
    world.clock.advance(1_000)
    world.sweeper.sweep()
    expect(world.engine.size).toBe(1)
  })
  it('closes a successor that does not answer, and leaves the old connection in place', () => {
    const world = createWorld({ max: 1, health: { probeTimeoutMs: 1_000 } })
    const [old] = warm(world, 1) as [FakeClient]
    world.engine.replacements.replace(connectionOf(world, old), 'operator')
    clientAt(world, 1).settleConnect()
    world.clock.advance(1_000)
    expect(clientAt(world, 1).isDead).toBe(true)
    expect(old.isDead).toBe(false)
    expect(connectionOf(world, old).isLeaving).toBe(false)
  })
  it('tells whom a successor was opened for', () => {
    const world = createWorld({ max: 1 })
    const opened = hear(world, 'connection:opened')
    const [old] = warm(world, 1) as [FakeClient]
    world.engine.replacements.replace(connectionOf(world, old), 'operator')
    clientAt(world, 1).settleConnect()
    expect(opened).toMatchObject([
      { connectionId: 1, replaces: undefined },
      { connectionId: 2, replaces: 1 },
    ])
  })
  it('closes a successor that dies before it has answered, and leaves the old connection in place', () => {
    const world = createWorld({ max: 1 })
    const [old] = warm(world, 1) as [FakeClient]
    world.engine.replacements.replace(connectionOf(world, old), 'operator')
    clientAt(world, 1).settleConnect()
    expect(clientAt(world, 1).isProbed).toBe(true)
    clientAt(world, 1).die()
    expect(world.engine.counts()).toMatchObject({ total: 1, idle: 1 })
    expect(connectionOf(world, old).isLeaving).toBe(false)
  })
  it('closes a successor that its listeners left unfit, and leaves the old connection in place', () => {
    const world = createWorld({ max: 1, health: { cleanupTimeoutMs: 1_000 } })
    const evicted = hear(world, 'connection:evicted')
    const [old] = warm(world, 1) as [FakeClient]
    world.engine.replacements.replace(connectionOf(world, old), 'operator')
    clientAt(world, 1).settleConnect()
    clientAt(world, 1).die(reset)
    expect(evicted).toMatchObject([{ cause: 'lost' }])
    expect(old.isDead).toBe(false)
  })
  it('lets a successor take the place of one that died meanwhile', () => {
    const world = createWorld({ max: 1 })
    const [old] = warm(world, 1) as [FakeClient]
    const replaced = connectionOf(world, old)
    world.engine.replacements.replace(replaced, 'operator')
    old.die(reset)
    clientAt(world, 1).settleConnect()
    clientAt(world, 1).answer()
    expect(world.engine.counts()).toMatchObject({ total: 1, idle: 1 })
    expect(world.engine.replacements.canBegin).toBe(true)
  })
  it('is not stuck after a successor whose client settles at once', () => {
    const fates: ((client: FakeClient) => void)[] = []
    const world = createWorld({ max: 2, onCreate: (client) => fates.shift()?.(client) })
    const [first] = warm(world, 1) as [FakeClient]
    fates.push((client) => {
      client.connectError = refused
    })
    const { replacements } = world.engine
    expect(replacements.replace(connectionOf(world, first), 'operator')).toBe(true)
    expect(connectionOf(world, first).isLeaving).toBe(false)
    world.clock.advance(250)
    fates.push((client) => {
      client.connect = (callback) => callback()
    })
    expect(replacements.replace(connectionOf(world, first), 'operator')).toBe(true)
    clientAt(world, 2).answer()
    expect(first.isDead).toBe(true)
    expect(replacements.canBegin).toBe(true)
  })
  it('does not begin when no client can be made', () => {
    let isBroken = false
    const world = createWorld({
      onCreate: () => {
        if (isBroken) throw new Error('ssl is not a boolean')
      },
    })
    const [old] = warm(world, 1) as [FakeClient]
    isBroken = true
    world.engine.replacements.replace(connectionOf(world, old), 'operator')
    expect(connectionOf(world, old).isLeaving).toBe(false)
    expect(world.engine.replacements.canBegin).toBe(false) // for a while
    world.clock.advance(250)
    expect(world.engine.replacements.canBegin).toBe(true)
  })
})

describe('replacement without overlap', () => {
  it('has the old connection leave a full pool first', () => {
    const world = createWorld({ max: 1, min: 1, overlap: 0 })
    const [old] = warm(world, 1) as [FakeClient]
    expect(world.engine.replacements.replace(connectionOf(world, old), 'operator')).toBe(true)
    expect(old.isDead).toBe(true)
    world.engine.tend()
    expect(world.engine.counts()).toMatchObject({ total: 1, opening: 1 })
  })
  it('has the successor come first where there is room for both', () => {
    const world = createWorld({ max: 2, overlap: 0 })
    const [old] = warm(world, 1) as [FakeClient]
    world.engine.replacements.replace(connectionOf(world, old), 'operator')
    clientAt(world, 1).settleConnect()
    expect(old.isDead).toBe(false)
    clientAt(world, 1).answer()
    expect(old.isDead).toBe(true)
  })
  it('does not begin while the server takes no connections', () => {
    const world = createWorld({ max: 2, overlap: 0, connectionTimeoutMillis: 60_000 })
    const old = lease(world)
    const waiter = world.acquire()
    clientAt(world, 1).settleConnect(refused)
    if (waiter.waiter !== undefined) world.engine.giveUp(waiter.waiter, reset)
    world.options.max = 1
    expect(world.engine.replacements.replace(connectionOf(world, old), 'operator')).toBe(false)
  })
})

describe('a request', () => {
  /** Requests the replacement of all, in this order. */
  function request(world: World, clients: readonly FakeClient[]): void {
    for (const client of clients) {
      world.engine.replacements.request(connectionOf(world, client), 'operator')
    }
  }
  /** The server accepts the successor, which answers. */
  function admit(world: World): void {
    const [successor] = connecting(world) as [FakeClient]
    successor.settleConnect()
    successor.answer()
  }

  it('is met when it is its turn', () => {
    const world = createWorld({ max: 3 })
    const old = warm(world, 3)
    request(world, old)
    for (let left = 3; left > 0; left -= 1) {
      expect(connecting(world)).toHaveLength(1)
      expect(old.filter(({ isDead }) => !isDead)).toHaveLength(left)
      admit(world)
    }
    expect(old.every(({ isDead }) => isDead)).toBe(true)
    expect(world.engine.counts()).toMatchObject({ total: 3, idle: 3 })
  })
  it('waits until the server takes connections', () => {
    const world = createWorld({ max: 2 })
    const old = warm(world, 2)
    request(world, old)
    connecting(world)[0]?.settleConnect(refused)
    world.engine.tend()
    expect(connecting(world)).toHaveLength(0)
    world.clock.advance(250)
    world.engine.tend()
    admit(world)
    expect(old.map(({ isDead }) => isDead)).toEqual([false, true]) // the first stays
  })
  it('is forgotten when the connection is gone before its turn', () => {
    const world = createWorld({ max: 3 })
    const [first, second] = warm(world, 2) as [FakeClient, FakeClient]
    request(world, [first, second])
    second.die(reset)
    admit(world)
    expect(connecting(world)).toHaveLength(0)
  })
  it('is forgotten when the connection is to leave anyway', () => {
    const world = createWorld({ max: 3 })
    const [first, second] = [lease(world), lease(world)]
    request(world, [first, second])
    world.engine.condemn(connectionOf(world, second), 'operator')
    admit(world)
    expect(connecting(world)).toHaveLength(0)
  })
  it('for a connection that is to leave changes nothing', () => {
    const world = createWorld({ max: 3 })
    const held = lease(world)
    world.engine.condemn(connectionOf(world, held), 'operator')
    request(world, [held])
    expect(connecting(world)).toHaveLength(0)
  })
})
