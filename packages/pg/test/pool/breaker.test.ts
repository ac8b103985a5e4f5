import { describe, expect, it } from 'vitest'
import { Breaker } from '../../src/pool/breaker.ts'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import {
  clientAt,
  connecting,
  hear,
  lease,
  openIssues,
  refused,
  refuseFor,
  warm,
} from './world-steps.ts'

/** Callers are patient, and the pool is not. */
function createFailingWorld(options: WorldOptions = {}): World {
  return createWorld({
    max: 2,
    connectionTimeoutMillis: 600_000,
    opening: { outageToleranceMs: 1_000 },
    ...options,
  })
}

describe('the breaker', () => {
  it('opens once openings have failed for as long as is tolerated', () => {
    const world = createFailingWorld()
    const opened = hear(world, 'breaker:opened')
    world.acquire()
    refuseFor(world, 1_000)
    expect(opened).toEqual([])
    refuseFor(world, 2_000)
    expect(opened).toMatchObject([{ type: 'breaker:opened' }])
  })
  it('takes two failures for an accident, however far apart', () => {
    const world = createFailingWorld({ opening: { outageToleranceMs: 100 } })
    const opened = hear(world, 'breaker:opened')
    world.acquire()
    while (world.engine.openingFailures < 2) refuseFor(world, 10)
    expect(opened).toEqual([])
    while (world.engine.openingFailures < 3) refuseFor(world, 10)
    expect(opened).toMatchObject([{ failures: 3 }])
  })
  it('turns nobody away as long as it is closed', () => {
    const { monitor } = createFailingWorld()
    expect(new Breaker(1_000, monitor).refuses(0, Number.NEGATIVE_INFINITY)).toBe(false)
  })
  it('has callers told at once, and why', () => {
    const world = createFailingWorld()
    world.acquire()
    refuseFor(world, 3_000)
    const late = world.acquire()
    expect(late.error).toMatchObject({ code: 'HALE_SERVER_UNAVAILABLE', cause: refused })
    expect(late.error?.message).toMatch(/attempts in a row have failed/)
  })
  it('lets whoever waits already go on waiting', () => {
    const world = createFailingWorld()
    const early = world.acquire()
    refuseFor(world, 60_000)
    expect(early.settledAt).toBeUndefined()
  })
  it('never opens where it is switched off', () => {
    const world = createFailingWorld({ opening: { outageToleranceMs: false } })
    const opened = hear(world, 'breaker:opened')
    world.acquire()
    refuseFor(world, 60_000)
    expect(opened).toEqual([])
  })
  it('does not open while a connection is heard of', () => {
    const world = createFailingWorld()
    const opened = hear(world, 'breaker:opened')
    const working = lease(world)
    world.acquire()
    for (let n = 0; n < 100; n += 1) {
      working.query('SELECT 1', () => {})
      refuseFor(world, 100)
      working.answer()
    }
    expect(opened).toEqual([])
  })
  it('tries one opening at a time, without callers, at the pace of the back-off', () => {
    const world = createFailingWorld({ max: 5, connectionTimeoutMillis: 3_000 })
    world.sweeper.start()
    for (let n = 0; n < 5; n += 1) world.acquire()
    refuseFor(world, 5_000)
    expect(world.engine.waitingCount).toBe(0)
    const before = world.clients.length
    let most = 0
    for (let n = 0; n < 600; n += 1) {
      most = Math.max(most, connecting(world).length)
      refuseFor(world, 100)
    }
    const trials = world.clients.length - before
    expect(most).toBe(1)
    expect(trials).toBeGreaterThan(10)
    expect(trials).toBeLessThan(40)
  })
  it('closes when a trial succeeds, and serves the queue', () => {
    const world = createFailingWorld()
    const closed = hear(world, 'breaker:closed')
    const early = world.acquire()
    refuseFor(world, 3_000)
    expect(openIssues(world)).toContain('server_unreachable')
    while (connecting(world).length === 0) world.clock.advance(10)
    connecting(world)[0]?.settleConnect()
    expect(early.client).toBe(world.clients.at(-1))
    expect(closed).toMatchObject([{ type: 'breaker:closed' }])
    expect(openIssues(world)).not.toContain('server_unreachable')
    expect(world.acquire().settledAt).toBeUndefined()
  })
  it('closes when a connection is heard of', () => {
    const world = createFailingWorld()
    const closed = hear(world, 'breaker:closed')
    const working = lease(world)
    world.acquire()
    refuseFor(world, 3_000)
    expect(world.acquire().error).toMatchObject({ code: 'HALE_SERVER_UNAVAILABLE' })
    working.query('SELECT 1', () => {})
    working.answer()
    expect(world.acquire().settledAt).toBeUndefined()
    expect(closed).toHaveLength(1)
  })
  it('has an idle connection asked before anybody is turned away', () => {
    const world = createFailingWorld({ min: 2, health: { probeIntervalMs: false } })
    world.sweeper.start()
    warm(world, 1)
    world.clock.advance(250)
    refuseFor(world, 5_000)
    expect(world.engine.idleCount).toBe(1)
    const caller = world.acquire()
    clientAt(world, 0).answer()
    expect(caller.client).toBe(clientAt(world, 0))
    expect(world.acquire().settledAt).toBeUndefined() // it was heard of
  })
})
