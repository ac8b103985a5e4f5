import { describe, expect, it } from 'vitest'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import { clientAt, connectionOf, lease, leaseNoted, openIssues } from './world-steps.ts'

function createLeakyWorld(options: WorldOptions = {}): World {
  return createWorld({
    connectionTimeoutMillis: 600_000,
    leakDetection: { afterMs: 10_000 },
    ...options,
  })
}

function sweepAfter(world: World, ms: number): void {
  world.clock.advance(ms)
  world.sweeper.sweep()
}

const reclaiming = { leakDetection: { afterMs: 10_000, reclaim: true } }

describe('a leak', () => {
  it('is an issue that says who leased the connection', () => {
    const world = createLeakyWorld()
    leaseNoted(world)
    sweepAfter(world, 9_999)
    expect(openIssues(world)).toEqual([])
    sweepAfter(world, 1)
    expect(world.monitor.openIssues()).toMatchObject([
      { type: 'connection_leak', evidence: { leasedBy: expect.stringContaining('leaks.test.ts') } },
    ])
  })
  it('is over when the client comes back', () => {
    const world = createLeakyWorld()
    const client = lease(world)
    sweepAfter(world, 10_000)
    world.release(client)
    sweepAfter(world, 250)
    expect(openIssues(world)).toEqual([])
  })
  it('is none while the holder is heard of now and then', () => {
    const world = createLeakyWorld()
    const client = lease(world)
    for (let n = 0; n < 100; n += 1) {
      client.query('SELECT 1', () => {})
      client.answer()
      sweepAfter(world, 900)
    }
    expect(openIssues(world)).toEqual([])
  })
  it('is none while a statement runs, however long', () => {
    const world = createLeakyWorld(reclaiming)
    const client = lease(world)
    client.query('SELECT 1', () => {})
    world.clock.advance(100_000)
    world.sweeper.sweep()
    expect(openIssues(world)).not.toContain('connection_leak')
    expect(client.isDead).toBe(false)
  })
  it('is none while the holder listens', () => {
    const world = createLeakyWorld(reclaiming)
    const client = lease(world)
    client.query('LISTEN', () => {})
    client.answer()
    sweepAfter(world, 100_000)
    expect(openIssues(world)).toEqual([])
    expect(client.isDead).toBe(false)
  })
  it('is looked for nowhere where that is switched off', () => {
    const world = createLeakyWorld({ leakDetection: { afterMs: false } })
    lease(world)
    sweepAfter(world, 1_000_000)
    expect(openIssues(world)).toEqual([])
  })
  it('has every lease noted for ten minutes', () => {
    const world = createLeakyWorld({ max: 200, leakDetection: { afterMs: 10_000 } })
    for (let n = 0; n < 32; n += 1) world.release(leaseNoted(world)) // these are noted anyway
    const leasedBy = (): string | undefined => {
      const client = leaseNoted(world)
      const { leasedBy: site } = connectionOf(world, client)
      world.release(client)
      return site
    }
    expect(leasedBy()).toBeUndefined()
    lease(world)
    sweepAfter(world, 10_000)
    expect(leasedBy()).toContain('leaks.test.ts')
    world.clock.advance(600_000)
    expect(leasedBy()).toBeUndefined()
  })
  it('has statements noted as well from then on', () => {
    const world = createLeakyWorld()
    const entry = (): unknown => world.acquiring.noteStatement(entry)
    expect(entry()).toBeUndefined()
    lease(world)
    sweepAfter(world, 10_000)
    expect(entry()).toMatchObject({ site: expect.anything() })
  })
})

describe('reclaiming', () => {
  it('frees the slot for whoever waits', () => {
    const world = createLeakyWorld({ max: 1, ...reclaiming })
    const forgotten = lease(world)
    const waiter = world.acquire()
    sweepAfter(world, 10_000)
    expect(forgotten.isDead).toBe(true)
    clientAt(world, 1).settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
    expect(world.engine.totals.reclaimed).toBe(1)
  })
  it('takes nothing back where it was not asked for', () => {
    const world = createLeakyWorld()
    const forgotten = lease(world)
    sweepAfter(world, 100_000)
    expect(forgotten.isDead).toBe(false)
  })
  it('accepts the late release once, in silence', () => {
    const world = createLeakyWorld(reclaiming)
    const forgotten = lease(world)
    sweepAfter(world, 10_000)
    const released = world.events.filter((event) => event === 'release').length
    world.release(forgotten)
    expect(world.events.filter((event) => event === 'release')).toHaveLength(released)
    expect(() => forgotten.release?.()).toThrow('already been released')
  })
  it('does not touch a connection that came back meanwhile', () => {
    const world = createLeakyWorld(reclaiming)
    const client = lease(world)
    const connection = connectionOf(world, client)
    world.release(client)
    world.engine.reclaim(connection)
    expect(client.isDead).toBe(false)
    expect(world.engine.totals.reclaimed).toBe(0)
  })
})
