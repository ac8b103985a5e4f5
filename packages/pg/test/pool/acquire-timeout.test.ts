import { describe, expect, it } from 'vitest'
import type { AcquireTimeoutError } from '../../src/errors.ts'
import { Holder } from '../../src/pool/holder.ts'
import { type Caller, createWorld, type World } from './engine-world.ts'
import {
  connecting,
  connectionOf,
  hear,
  lease,
  leaseNoted,
  openIssues,
  refused,
} from './world-steps.ts'

/** Waits in vain for as long as a caller does. */
function waitInVain(world: World, caller: Caller = world.acquire()): AcquireTimeoutError {
  world.clock.advance(world.options.connectionTimeoutMillis)
  expect(caller.error?.name).toBe('AcquireTimeoutError')
  return caller.error as AcquireTimeoutError
}

/** Leases for a holder, and tells who that is. */
function leaseAs(world: World, outer?: Holder): Holder {
  const holder = new Holder(undefined, outer)
  world.acquire(holder)
  connecting(world)[0]?.settleConnect()
  return holder
}

describe('a caller who waited in vain', () => {
  it('is told that the pool is busy when its holders work', () => {
    const world = createWorld({ max: 2 })
    lease(world)
    lease(world)
    const error = waitInVain(world)
    expect(error).toMatchObject({ reason: 'busy', counts: { max: 2, leased: 2 } })
    expect(openIssues(world)).toContain('pool_exhaustion')
  })
  it('is told of the longest leases, the longest first, ten at most', () => {
    const world = createWorld({ max: 12, connectionTimeoutMillis: 1_000 })
    for (let n = 0; n < 12; n += 1) {
      lease(world)
      world.clock.advance(10)
    }
    const { holders } = waitInVain(world)
    expect(holders).toHaveLength(10)
    expect(holders.map(({ connectionId }) => connectionId)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(holders[0]).toMatchObject({ leasedMs: 1_120, quietMs: 1_120, isLeaked: false })
  })
  it('is told that the server is down when nothing could be opened', () => {
    const world = createWorld({ max: 1 })
    const caller = world.acquire()
    connecting(world)[0]?.settleConnect(refused)
    expect(waitInVain(world, caller)).toMatchObject({ reason: 'server-down', cause: refused })
    expect(openIssues(world)).not.toContain('pool_exhaustion')
  })
  it('is not told that the server is down while others work', () => {
    const world = createWorld({ max: 2 })
    lease(world)
    const caller = world.acquire()
    connecting(world)[0]?.settleConnect(refused)
    const error = waitInVain(world, caller)
    expect(error.reason).toBe('busy')
    expect(error.cause).toBeUndefined()
  })
  it('is told of a leak when half of the leases were forgotten', () => {
    const world = createWorld({ max: 2, leakDetection: { afterMs: 1_500 } })
    lease(world)
    world.clock.advance(1_000)
    lease(world)
    const error = waitInVain(world)
    expect(error).toMatchObject({
      reason: 'leaked',
      holders: [{ isLeaked: true }, { isLeaked: false }],
    })
  })
  it('is told of no leak where none is looked for', () => {
    const world = createWorld({ max: 1, leakDetection: { afterMs: false } })
    lease(world)
    world.clock.advance(1_000_000)
    expect(waitInVain(world)).toMatchObject({ reason: 'busy', holders: [{ isLeaked: false }] })
  })
  it('is told who leaked, once such a place is known', () => {
    const world = createWorld({ max: 1, leakDetection: { afterMs: 500 } })
    leaseNoted(world)
    expect(waitInVain(world).message).toMatch(/; leased 1000 ms ago by .*acquire-timeout\.test\.ts/)
  })
  it('is told that it waits for itself when half of the holders wait', async () => {
    const world = createWorld({ max: 2 })
    const outer = leaseAs(world)
    leaseAs(world)
    await Promise.resolve()
    const error = waitInVain(world, world.acquire(new Holder(undefined, outer)))
    expect(error.reason).toBe('nested-acquire')
    expect(error.holders.filter(({ isWaiting }) => isWaiting)).toHaveLength(1)
  })
  it('counts those who wait still among those who wait', async () => {
    const world = createWorld({ max: 2 })
    const outers = [leaseAs(world), leaseAs(world)]
    await Promise.resolve()
    const first = world.acquire(new Holder(undefined, outers[0]))
    world.clock.advance(1)
    world.acquire(new Holder(undefined, outers[1]))
    const error = waitInVain(world, first)
    expect(error.holders.every(({ isWaiting }) => isWaiting)).toBe(true)
  })
  it('does not wait for a holder who listens for ever', async () => {
    const world = createWorld({ max: 1 })
    const outer = leaseAs(world)
    const [client] = world.leasedClients
    client?.query('LISTEN', () => {})
    client?.answer()
    await Promise.resolve()
    expect(connectionOf(world, client).isListening).toBe(true)
    const error = waitInVain(world, world.acquire(new Holder(undefined, outer)))
    expect(error).toMatchObject({ reason: 'busy', holders: [{ isWaiting: false }] })
  })
  it('does not wait for a holder who works: a flow that spawns others looks like theirs', async () => {
    const world = createWorld({ max: 1 })
    const outer = leaseAs(world)
    await Promise.resolve()
    const waiter = world.acquire(new Holder(undefined, outer))
    world.clock.advance(500)
    const [client] = world.leasedClients
    client?.query('SELECT 1', () => {})
    client?.answer()
    const error = waitInVain(world, waiter)
    expect(error).toMatchObject({ reason: 'busy', holders: [{ isWaiting: false }] })
  })
  it('does not wait for a lease that is over', async () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 1_000 })
    const outer = leaseAs(world)
    const [client] = world.leasedClients
    await Promise.resolve()
    const waiter = world.acquire(new Holder(undefined, outer))
    if (client !== undefined) world.release(client)
    expect(waiter.client).toBe(client)
    expect(waitInVain(world, world.acquire())).toMatchObject({ reason: 'busy' })
  })
  it('is counted and published', () => {
    const world = createWorld({ max: 1 })
    const told = hear(world, 'acquire:timed-out')
    lease(world)
    world.acquire()
    waitInVain(world)
    expect(world.engine.totals.acquireTimeouts).toBe(2)
    expect(told).toMatchObject([{ waitedMs: 1_000 }, { waitedMs: 1_000 }])
  })
})
