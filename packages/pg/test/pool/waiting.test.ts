import { describe, expect, it } from 'vitest'
import type { Caller, World } from './engine-world.ts'
import { createWorld } from './engine-world.ts'
import { clientAt, connecting, hear, lease } from './world-steps.ts'

const aborted = new Error('not wanted any more')

function giveUp(world: World, { waiter }: Caller): void {
  if (waiter === undefined) throw new Error('it does not wait')
  world.engine.giveUp(waiter, aborted)
}

describe('a waiter', () => {
  it('is told its own reason when it gives up', () => {
    const world = createWorld({ max: 1 })
    lease(world)
    const waiter = world.acquire()
    giveUp(world, waiter)
    expect(waiter.error).toBe(aborted)
    expect(world.engine.waitingCount).toBe(0)
  })
  it('never gets a connection once it has given up', () => {
    const world = createWorld({ max: 1 })
    const held = lease(world)
    const [first, second] = [world.acquire(), world.acquire()]
    giveUp(world, first)
    world.release(held)
    expect(first.client).toBeUndefined()
    expect(second.client).toBe(held)
  })
  it('never gets a connection once it was told that its time is up', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 1_000 })
    const held = lease(world)
    const waiter = world.acquire()
    world.clock.advance(1_000)
    world.release(held)
    expect(waiter.error).toMatchObject({ code: 'HALE_ACQUIRE_TIMEOUT' })
    expect(waiter.client).toBeUndefined()
    expect(world.engine.counts()).toMatchObject({ idle: 1, leased: 0 })
  })
  it('is told once, whatever comes after', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 1_000 })
    lease(world)
    const waiter = world.acquire()
    giveUp(world, waiter)
    giveUp(world, waiter)
    world.clock.advance(2_000)
    world.end()
    expect(waiter.error).toBe(aborted)
  })
  it('leaves the connection that was opened for it to the pool', () => {
    const world = createWorld({ max: 1 })
    const waiter = world.acquire()
    giveUp(world, waiter)
    clientAt(world, 0).settleConnect()
    expect(world.acquire().client).toBe(clientAt(world, 0))
  })
  it('waits for ever where the timeout is 0, as in pg', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 0 })
    const held = lease(world)
    const waiter = world.acquire()
    world.clock.advance(600_000)
    expect(waiter.settledAt).toBeUndefined()
    held.query('SELECT 1', () => {})
    held.answer()
    world.release(held)
    expect(waiter.client).toBe(held)
  })
  it('keeps its own deadline when the timeout is changed behind it', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 5_000 })
    lease(world)
    const patient = world.acquire()
    world.options.connectionTimeoutMillis = 1_000
    const hasty = world.acquire()
    world.clock.advance(1_000)
    expect(hasty.settledAt).toBeDefined()
    expect(patient.settledAt).toBeUndefined()
    world.clock.advance(4_000)
    expect(patient.settledAt).toBeDefined()
  })
  it('is announced with how many wait', () => {
    const world = createWorld({ max: 1 })
    const queued = hear(world, 'acquire:queued')
    lease(world)
    world.acquire()
    world.acquire()
    expect(queued).toMatchObject([{ waiting: 1 }, { waiting: 1 }, { waiting: 2 }])
  })
  it('is not overtaken by a caller who comes while a connection is idle in doubt', () => {
    const world = createWorld({ max: 2, health: { bypassWindowMs: 500 } })
    const held = [lease(world), lease(world)]
    for (const client of held) world.release(client)
    world.clock.advance(501)
    const [first, second] = [world.acquire(), world.acquire()]
    held[0]?.answer()
    held[1]?.answer()
    expect([first.client, second.client]).toEqual([held[0], held[1]])
  })
})

describe('a crowd of waiters', () => {
  it('is given up one by one in no time', () => {
    const world = createWorld({ max: 1 })
    lease(world)
    const waiters = Array.from({ length: 20_000 }, () => world.acquire())
    for (const waiter of waiters.toReversed()) giveUp(world, waiter)
    expect(world.engine.waitingCount).toBe(0)
    expect(connecting(world)).toEqual([])
  }, 5_000) // a search would take minutes
})
