import { describe, expect, it } from 'vitest'
import { createWorld } from './engine-world.ts'
import { clientAt, hear, lease, reset, warm } from './world-steps.ts'

describe('a lost connection', () => {
  it('stays with its holder for a while, so that a release is still a release', () => {
    const world = createWorld()
    world.time.stop()
    const client = lease(world)
    client.die(reset)
    world.clock.advance(4_999)
    expect(world.engine.counts()).toMatchObject({ total: 1, leased: 1 })
    world.release(client)
    expect(world.engine.size).toBe(0)
    expect(() => client.release?.()).toThrow('already been released')
    expect(world.clock.pending).toBe(0)
  })
  it('is reclaimed from a holder who never hears of the loss', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 60_000 })
    const client = lease(world)
    const waiter = world.acquire()
    client.die(reset)
    world.clock.advance(5_000)
    world.clients[1]?.settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
    world.release(client) // late, and not the holder's fault
    expect(() => client.release?.()).toThrow('already been released')
    expect(world.engine.counts()).toMatchObject({ total: 1, leased: 1 })
  })
  it('is told goodbye while it is idle, where its socket still works, as by pg.Pool', () => {
    const world = createWorld()
    const closed = hear(world, 'connection:closed')
    const [client] = warm(world, 1)
    client?.emit('error', new Error('on purpose'))
    expect(closed).toMatchObject([{ cause: 'lost', hard: false }])
  })
  it('does not keep an ending pool waiting for ever', () => {
    const world = createWorld()
    const client = lease(world)
    client.die(reset)
    world.end()
    expect(world.ended).toBe(false)
    world.clock.advance(5_000)
    expect(world.ended).toBe(true)
  })
})

describe('the cause of a recycle', () => {
  it('is what condemned the connection first, in the count and in the event alike', () => {
    const world = createWorld()
    warm(world, 1)
    const causes: string[] = []
    world.monitor.on('connection:evicted', ({ cause }) => void causes.push(cause))
    world.clock.advance(600)
    world.acquire() // verifies it
    const [connection] = [...world.engine.connections()]
    if (connection !== undefined) world.engine.condemn(connection, 'operator')
    world.clock.advance(1_000) // and gets no answer
    expect(causes).toEqual(['operator'])
  })
})
