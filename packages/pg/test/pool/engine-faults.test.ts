import { describe, expect, it } from 'vitest'
import { createWorld } from './engine-world.ts'
import { clientAt, connecting, connectionOf, lease, refused, warm } from './world-steps.ts'

// What the deliberate bugs of scripts/mutation do, and no test named after a behaviour notices.

describe('an opening that the server refuses with FATAL', () => {
  it('casts doubt on no other connection', () => {
    const world = createWorld({ health: { bypassWindowMs: 60_000 } })
    const held = lease(world)
    const waiter = world.acquire()
    world.clock.advance(1)
    const tooMany = { code: '53300', severity: 'FATAL', message: 'too many clients already' }
    clientAt(world, 1).connection.emit('errorMessage', tooMany)
    clientAt(world, 1).settleConnect(Object.assign(new Error(tooMany.message), tooMany))
    world.release(held)
    expect(waiter.client).toBe(held)
  })
})

describe('a candidate', () => {
  it('is asked in one pair at a time', () => {
    const world = createWorld({ max: 2 })
    const [suspect = 0, peer = 0] = warm(world, 2).map((each) => connectionOf(world, each).id)
    let candidate = 0
    world.port.openCandidate(suspect, (id = 0) => {
      candidate = id
    })
    connecting(world)[0]?.settleConnect()
    clientAt(world, 2).answer()
    const pair = (referenceId: number): boolean =>
      world.port.probePair(
        { suspectId: candidate, referenceId, kind: 'network', suspectFirst: true },
        () => {},
      )
    expect([pair(peer), pair(suspect)]).toEqual([true, false])
  })
})

describe('a caller who asks at the end of a long turn of the event loop', () => {
  it('is told at its own deadline, to which that turn adds nothing', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 1_000 })
    lease(world)
    world.clock.freeze(10_000)
    const waiter = world.acquire()
    world.clock.advance(1_000)
    expect(waiter.error).toMatchObject({ code: 'HALE_ACQUIRE_TIMEOUT' })
  })
})

describe('the slot of an opening', () => {
  it('is free again when a hook fails, whose error is told at once whatever it is', async () => {
    const world = createWorld({ max: 1, hooks: { onConnect: () => Promise.reject(refused) } })
    const caller = world.acquire()
    connecting(world)[0]?.settleConnect()
    await world.clock.advanceAsync(0)
    expect(caller.error).toBe(refused)
    expect(world.engine.size).toBe(0)
  })
  it('is free again when a connect listener closed the connection', () => {
    const world = createWorld({
      max: 2,
      onConnect: (client) => {
        if (client === world.clients[0]) client.die(refused)
      },
    })
    const caller = world.acquire()
    for (let n = 0; n < 2; n += 1) connecting(world)[0]?.settleConnect()
    expect(caller.client).toBe(clientAt(world, 1))
    const next = world.acquire()
    connecting(world)[0]?.settleConnect()
    expect(next.client).toBe(clientAt(world, 2))
  })
})

describe('a replacement', () => {
  it('is told to the supervisor', () => {
    const world = createWorld({ max: 1 })
    const [old] = warm(world, 1)
    const connection = connectionOf(world, old)
    world.engine.replacements.request(connection, 'operator')
    connecting(world)[0]?.settleConnect()
    clientAt(world, 1).answer()
    expect(world.replaced).toEqual([[connection.id, connection.id + 1]])
  })
})

describe('the end', () => {
  it('leaves no timer of an opening that was to be tried again', () => {
    const world = createWorld()
    world.acquire()
    connecting(world)[0]?.settleConnect(refused)
    expect(world.clock.pending).toBeGreaterThan(0)
    world.end()
    expect([world.ended, world.clock.pending]).toEqual([true, 0])
  })
})
