import { describe, expect, it } from 'vitest'
import { createWorld } from './engine-world.ts'
import { clientAt, connecting, refused } from './world-steps.ts'

describe('an opening that takes its time', () => {
  it('is not all that its caller gets: another begins after a second', () => {
    const world = createWorld({ max: 2, connectionTimeoutMillis: 30_000 })
    const caller = world.acquire()
    world.clock.advance(999)
    expect(world.clients).toHaveLength(1)
    world.clock.advance(1)
    expect(world.clients).toHaveLength(2)
    clientAt(world, 1).settleConnect()
    expect(caller.client).toBe(clientAt(world, 1))
  })
  it('is still good when it comes', () => {
    const world = createWorld({ max: 2, connectionTimeoutMillis: 30_000 })
    const callers = [world.acquire()]
    world.clock.advance(5_000)
    callers.push(world.acquire())
    clientAt(world, 0).settleConnect()
    expect(callers[0]?.client).toBe(clientAt(world, 0))
    clientAt(world, 1).settleConnect()
    expect(callers[1]?.client).toBe(clientAt(world, 1))
    expect(world.engine.size).toBe(2)
  })
  it('keeps no others from theirs, although the server refused one meanwhile', () => {
    const world = createWorld({ max: 3, connectionTimeoutMillis: 30_000 })
    world.acquire()
    world.acquire()
    clientAt(world, 1).settleConnect(refused)
    world.clock.advance(1_000) // the first is stuck, and counts no more
    const [, next] = connecting(world)
    next?.settleConnect()
    expect(world.callers.filter(({ client }) => client === next)).toHaveLength(1)
  })
  it('is forgotten when the pool ends, although its client never says that it is gone', () => {
    const world = createWorld()
    world.acquire()
    const client = clientAt(world, 0)
    client.end = () => {}
    client.connection.stream.destroy = () => {}
    world.end()
    world.clock.advance(5_000)
    expect(world.ended).toBe(true)
  })
})

describe('a pool in an outage', () => {
  it('says so as long as it lasts', () => {
    const world = createWorld({
      opening: { outageToleranceMs: 500 },
      connectionTimeoutMillis: 9_000,
    })
    world.acquire()
    expect(world.engine.isBreakerOpen).toBe(false)
    for (let n = 0; n < 400; n += 1) {
      for (const client of connecting(world)) client.settleConnect(refused)
      world.clock.advance(10)
    }
    expect(world.engine.isBreakerOpen).toBe(true)
    world.clock.advance(5_000)
    world.sweeper.sweep()
    for (const client of connecting(world)) client.settleConnect()
    expect(world.engine.isBreakerOpen).toBe(false)
  })
})
