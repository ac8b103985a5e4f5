import { describe, expect, it } from 'vitest'
import type { Waiter } from '../../src/pool/waiter-queue.ts'
import { createWorld, type World } from './engine-world.ts'
import {
  badPassword,
  clientAt,
  connectionOf,
  hear,
  lease,
  refused,
  reset,
  warm,
} from './world-steps.ts'

describe('end', () => {
  it('tells every waiter, closes what is idle, and waits for what is lent', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    const waiter = world.acquire()
    world.end()
    expect(waiter.error).toMatchObject({ code: 'HALE_POOL_CLOSED' })
    expect(world.ended).toBe(false)
    world.release(client)
    expect(world.ended).toBe(true)
    expect(client.isDead).toBe(true)
  })
  it('leaves no timer of an opening that it gave up, which would keep the process', () => {
    const world = createWorld({ min: 1, connectionTimeoutMillis: 30_000 })
    world.engine.fillToMinimum()
    clientAt(world, 0).isHung = true // as with pg, which tells nobody that it will not connect any more
    world.end()
    world.clock.advance(2_000)
    expect(world.ended).toBe(true)
    expect(world.clock.pending).toBe(0)
  })
  it('lends nothing afterwards', () => {
    const world = createWorld()
    warm(world, 1)
    world.end()
    expect(world.acquire().error).toMatchObject({ code: 'HALE_POOL_CLOSED' })
  })
  it('takes clients from their holders when they are late, and says from how many', () => {
    const world = createWorld({ max: 3, endTimeoutMs: 5_000 })
    const told = hear(world, 'pool:closed')
    const held = [lease(world), lease(world)]
    world.end()
    world.clock.advance(4_999)
    expect(world.ended).toBe(false)
    world.clock.advance(1)
    expect(world.ended).toBe(true)
    expect(held.every(({ isDead }) => isDead)).toBe(true)
    expect(told).toMatchObject([{ closedHard: 2 }])
    expect(world.engine.totals.reclaimed).toBe(2)
  })
  it('accepts the release of a client that was taken, once, in silence', () => {
    const world = createWorld({ endTimeoutMs: 0 })
    const client = lease(world)
    world.end()
    world.clock.advance(0)
    world.release(client)
    expect(() => client.release?.()).toThrow('already been released')
  })
  it('waits for ever where that is asked for', () => {
    const world = createWorld({ endTimeoutMs: false })
    const told = hear(world, 'pool:closed')
    const client = lease(world)
    world.end()
    world.clock.advance(100_000_000)
    expect(world.ended).toBe(false)
    world.release(client)
    expect(told).toMatchObject([{ closedHard: 0 }])
  })
  it('needs no timer when everybody is on time', () => {
    const world = createWorld({ endTimeoutMs: 5_000 })
    const client = lease(world)
    world.end()
    world.release(client)
    expect(world.clock.pending).toBe(0)
  })
  it('is over at once for an empty pool', () => {
    const world = createWorld()
    world.end()
    expect(world.ended).toBe(true)
    expect(world.engine.ended).toBe(true)
    expect(world.clock.pending).toBe(0)
  })
  it('is not over before the last socket is closed', () => {
    const world = createWorld()
    const client = lease(world)
    client.end = () => {}
    world.release(client)
    world.end()
    expect(world.ended).toBe(false)
    expect(world.engine.ended).toBe(false)
    world.clock.advance(2_000)
    expect(world.ended).toBe(true)
  })
  it('gives up what is being opened for nobody', () => {
    const world = createWorld({ min: 1 })
    world.engine.fillToMinimum()
    world.end()
    expect(clientAt(world, 0).isDead).toBe(true)
    expect(world.ended).toBe(true)
  })
  it('gives up the next attempt to open', () => {
    const world = createWorld({ connectionTimeoutMillis: 60_000 })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(refused)
    world.end()
    expect(caller.error).toMatchObject({ code: 'HALE_POOL_CLOSED' })
    world.clock.advance(60_000)
    expect(world.clients).toHaveLength(1)
  })
  it('may be begun by whoever hears of a new connection', () => {
    const world: World = createWorld({
      max: 1,
      onConnect: () => world.engine.ending || world.end(),
    })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect()
    expect(caller.error).toMatchObject({ code: 'HALE_POOL_CLOSED' })
    expect(world.ended).toBe(true)
  })
  it('does not wait for the answer to a probe', () => {
    const world = createWorld()
    const [client] = warm(world, 1)
    world.port.probe(connectionOf(world, client).id)
    world.end()
    expect(client?.isDead).toBe(true)
    expect(world.ended).toBe(true)
  })
  it('takes no longer than a goodbye may when what is asked something never answers', () => {
    const world = createWorld()
    const [client] = warm(world, 1)
    world.port.probe(connectionOf(world, client).id)
    Object.assign(client ?? {}, { isHung: true })
    world.end()
    world.clock.advance(2_000)
    expect(world.ended).toBe(true)
  })
  it('may be begun by whoever hears of a new connection while others are to come', () => {
    const world: World = createWorld({
      max: 2,
      onConnect: () => world.engine.ending || world.end(),
    })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect()
    expect(caller.client).toBe(clientAt(world, 0))
    world.release(clientAt(world, 0))
    expect(world.ended).toBe(true)
  })
  it('waits for a rollback to be answered, and closes the connection then', () => {
    const world = createWorld()
    const client = lease(world)
    client.query('BEGIN', () => {})
    client.answer()
    world.release(client)
    world.end()
    expect(world.ended).toBe(false)
    client.answer()
    expect(world.ended).toBe(true)
  })
  it('closes a candidate as well', () => {
    const world = createWorld()
    const client = lease(world)
    world.port.openCandidate(connectionOf(world, client).id, () => {})
    clientAt(world, 1).settleConnect()
    clientAt(world, 1).answer()
    world.end()
    expect(clientAt(world, 1).isDead).toBe(true)
    world.release(client)
    expect(world.ended).toBe(true)
  })
  it('gives up a successor that has not answered yet', () => {
    const world = createWorld()
    const client = lease(world)
    world.engine.replacements.replace(connectionOf(world, client), 'operator')
    clientAt(world, 1).settleConnect()
    world.end()
    expect(clientAt(world, 1).isDead).toBe(true)
    expect(client.isDead).toBe(false)
  })
  it('begins no replacement and fills nothing any more', () => {
    const world = createWorld({ min: 2 })
    const client = lease(world)
    const connection = connectionOf(world, client)
    world.end()
    world.engine.tend()
    expect(world.engine.replacements.replace(connection, 'operator')).toBe(false)
    expect(world.engine.acquireNow()).toBeUndefined()
    expect(world.clients).toHaveLength(1)
  })
  it('survives a listener that releases one client when it hears of the end of another', () => {
    const world = createWorld({ endTimeoutMs: 0 })
    const [, second] = [lease(world), lease(world)]
    const told = hear(world, 'pool:closed')
    world.monitor.once('connection:retired', () => world.release(second))
    world.end()
    world.clock.advance(0)
    expect(told).toHaveLength(1)
    expect(world.ended).toBe(true)
  })
})

describe('callers who wait when the end begins', () => {
  it('are served as far as there are slots, and the others are told', () => {
    const world = createWorld({ max: 12 })
    const callers = Array.from({ length: 13 }, () => world.acquire())
    world.end()
    expect(callers.at(-1)?.error).toMatchObject({ code: 'HALE_POOL_CLOSED' })
    const served = callers.slice(0, 12)
    for (let index = 0; index < 12; index += 1) clientAt(world, index).settleConnect()
    expect(served.every(({ client }) => client !== undefined)).toBe(true)
    expect(world.ended).toBe(false)
    for (const client of world.leasedClients) world.release(client)
    expect(world.ended).toBe(true)
    expect(world.clock.pending).toBe(0)
  })
  it('are served by a connection that is being verified for them', () => {
    const world = createWorld({ max: 1 })
    const [client] = warm(world, 1)
    world.clock.advance(5_000)
    const caller = world.acquire()
    world.end()
    expect(caller.settledAt).toBeUndefined()
    client?.answer()
    expect(caller.client).toBe(client)
  })
  it('are not kept waiting for a server that refuses connections', () => {
    const world = createWorld({ max: 3 })
    const callers = [world.acquire(), world.acquire()]
    world.end()
    clientAt(world, 0).settleConnect(refused)
    expect(callers.map(({ error }) => error)).toMatchObject([
      undefined,
      { code: 'HALE_POOL_CLOSED' },
    ])
    clientAt(world, 1).settleConnect()
    expect(callers[0]?.client).toBe(clientAt(world, 1))
    world.release(clientAt(world, 1))
    expect(world.ended).toBe(true)
  })
  it('are told why, where the server says that it will never accept one', () => {
    const world = createWorld({ max: 1 })
    const caller = world.acquire()
    world.end()
    clientAt(world, 0).settleConnect(badPassword)
    expect(caller.error).toBe(badPassword)
    expect(world.ended).toBe(true)
  })
  it('are served on the next host where the first refuses', () => {
    const world = createWorld({ max: 1, hosts: [{ host: 'a' }, { host: 'b' }] })
    const caller = world.acquire()
    world.end()
    clientAt(world, 0).settleConnect(refused)
    clientAt(world, 1).settleConnect()
    expect(caller.client).toBe(clientAt(world, 1))
  })
  it('end what was to serve them when they give up', () => {
    const world = createWorld({ max: 1 })
    const { waiter } = world.acquire()
    world.end()
    expect(world.ended).toBe(false)
    world.engine.giveUp(waiter as Waiter, new Error('aborted'))
    expect(clientAt(world, 0).isDead).toBe(true)
    expect(world.ended).toBe(true)
  })
  it('wait no longer than their deadline', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 700 })
    const caller = world.acquire()
    world.end()
    world.clock.advance(700)
    expect(caller.error).toMatchObject({ code: 'HALE_ACQUIRE_TIMEOUT' })
    expect(world.ended).toBe(true)
  })
  it('wait no longer than holders may keep their clients', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 60_000, endTimeoutMs: 500 })
    const caller = world.acquire()
    world.end()
    world.clock.advance(500)
    expect(caller.error).toMatchObject({ code: 'HALE_POOL_CLOSED' })
    expect(world.ended).toBe(true)
  })
  it('get no connection that was to replace another', () => {
    const world = createWorld({ max: 2 })
    const client = lease(world)
    world.engine.replacements.replace(connectionOf(world, client), 'operator')
    world.acquire()
    world.end()
    expect(clientAt(world, 1).isDead).toBe(true)
    expect(clientAt(world, 2).isConnecting).toBe(true)
  })
  it('are served by what opens next when a connection is lost on its way', () => {
    const world = createWorld({ max: 1, onConnect: (client) => client.query('SET x', () => {}) })
    const caller = world.acquire()
    world.end()
    clientAt(world, 0).settleConnect()
    clientAt(world, 0).die(reset)
    expect(world.ended).toBe(false)
    clientAt(world, 1).settleConnect()
    clientAt(world, 1).answer()
    expect(caller.client).toBe(clientAt(world, 1))
    world.release(clientAt(world, 1))
    expect(world.ended).toBe(true)
  })
})
