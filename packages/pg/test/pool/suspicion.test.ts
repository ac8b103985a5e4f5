import { describe, expect, it } from 'vitest'
import { createWorld, type World } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { connectionOf, lease, openIssues, reset, warm } from './world-steps.ts'

/** Sweeps until no connection is in doubt; how many sweeps that took, 20 at most. */
function sweepsUntilTrusted(world: World): number {
  const isDoubted = (): boolean =>
    [...world.engine.connections()].some((connection) => connection.isDoubted)
  let sweeps = 0
  while (isDoubted() && sweeps < 20) {
    sweeps += 1
    world.sweeper.sweep()
    for (const client of world.clients) if (client.isBusy && !client.isDead) client.answer()
    world.clock.advance(250)
  }
  return sweeps
}

function expectVerified(world: World, idle: FakeClient): void {
  const caller = world.acquire()
  expect(caller.client).toBeUndefined()
  expect(idle.sent.at(-1)).toBe('')
  idle.answer()
  expect(caller.client).toBe(idle)
}

const incidents: Record<string, (world: World, other: FakeClient) => void> = {
  'a death': (_, other) => other.die(reset),
  'a backend that was told to go': (_, other) => {
    other.query('SELECT 1', () => {})
    other.refuse('57P01', 'FATAL')
  },
  'a connection that did not answer': (world, other) => {
    world.engine.condemn(connectionOf(world, other), 'unresponsive')
  },
  'a freeze': ({ clock }) => {
    clock.freeze(60_000)
    clock.advance(0)
  },
  'an event loop that was busy for long': ({ clock }) => {
    clock.freeze(600)
    clock.advance(0)
  },
  'a jump of the clock': ({ clock }) => {
    clock.jump(60_000)
    clock.advance(250)
  },
}

describe('suspicion', () => {
  for (const [incident, happen] of Object.entries(incidents)) {
    it(`has an idle connection verified before it is lent after ${incident}`, () => {
      const world = createWorld({ health: { bypassWindowMs: 600_000 } })
      const idle = lease(world)
      const other = lease(world)
      world.release(idle)
      world.clock.advance(1)
      happen(world, other)
      expectVerified(world, idle)
    })
  }
  it('is over for a connection once it has answered', () => {
    const world = createWorld({ health: { bypassWindowMs: 600_000 } })
    const [idle, dead] = warm(world, 2) as [FakeClient, FakeClient]
    world.clock.advance(1)
    dead.die(reset)
    expectVerified(world, idle)
    world.release(idle)
    expect(world.acquire().client).toBe(idle)
  })
  it('has the sweeps verify every idle connection soon, and kills none', () => {
    const world = createWorld({ max: 20, idleTimeoutMillis: 0 })
    warm(world, 10)
    world.clock.freeze(60_000)
    world.clock.advance(0)
    expect(sweepsUntilTrusted(world)).toBeLessThanOrEqual(10)
    expect(world.engine.counts()).toMatchObject({ total: 10, idle: 10 })
    expect(openIssues(world)).toEqual([])
  })
  it('does not fall on a leased connection that works', () => {
    const world = createWorld({ max: 1 })
    const held = lease(world)
    world.clock.freeze(60_000)
    world.clock.advance(0)
    held.query('SELECT 1', () => {})
    held.answer()
    world.release(held)
    expect(world.acquire().client).toBe(held)
  })
})

describe('a freeze', () => {
  it('costs no waiter its time', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 1_000 })
    const held = lease(world)
    const waiter = world.acquire()
    world.clock.advance(100)
    world.clock.freeze(60_000)
    world.clock.advance(600)
    expect(waiter.settledAt).toBeUndefined()
    held.query('SELECT 1', () => {})
    held.answer()
    world.release(held)
    expect(waiter.client).toBe(held)
  })
  it('ends a wait late, and not never', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 1_000 })
    lease(world)
    const waiter = world.acquire()
    world.clock.freeze(60_000)
    world.clock.advance(1_000)
    expect(waiter.error).toMatchObject({ code: 'HALE_ACQUIRE_TIMEOUT' })
  })
  it('is not taken for a probe without an answer', () => {
    const world = createWorld({ max: 1, health: { probeTimeoutMs: 1_000 } })
    const [client] = warm(world, 1) as [FakeClient]
    world.clock.advance(600)
    const caller = world.acquire()
    world.clock.freeze(60_000)
    world.clock.advance(600)
    client.answer()
    expect(caller.client).toBe(client)
  })
  it('is not taken for a rollback without an answer', () => {
    const world = createWorld({ max: 1, health: { cleanupTimeoutMs: 1_000 } })
    const client = lease(world)
    client.query('BEGIN', () => {})
    client.answer()
    world.release(client)
    world.clock.freeze(60_000)
    world.clock.advance(600)
    client.answer()
    expect(client.isDead).toBe(false)
    expect(world.engine.counts()).toMatchObject({ idle: 1 })
  })
  it('is not taken for a leak', () => {
    const world = createWorld({ leakDetection: { afterMs: 10_000 } })
    lease(world)
    world.clock.freeze(600_000)
    world.clock.advance(500)
    world.sweeper.sweep()
    expect(openIssues(world)).toEqual([])
    world.clock.advance(10_000)
    world.sweeper.sweep()
    expect(openIssues(world)).toEqual(['connection_leak'])
  })
  it('is not blamed on the statement that was in flight', () => {
    const world = createWorld()
    const client = lease(world)
    client.query('SELECT 1', () => {})
    world.clock.freeze(60_000)
    world.clock.advance(10)
    const { runningSince = 0 } = connectionOf(world, client)
    expect(world.clock.now() - runningSince).toBeLessThanOrEqual(260)
  })
  it('leaves what began at its end in the past', () => {
    const world = createWorld()
    world.clock.freeze(60_000) // one long turn of the event loop, which ends with a query
    const client = lease(world)
    client.query('SELECT 1', () => {})
    world.clock.advance(0)
    const connection = connectionOf(world, client)
    expect(connection.runningSince).toBe(world.clock.now())
    expect(connection.leasedAt).toBe(world.clock.now())
  })
})
