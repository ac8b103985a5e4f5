import { describe, expect, it } from 'vitest'
import { isBrief } from '../../src/pool/sweeper.ts'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import { hear, lease, openIssues } from './world-steps.ts'

/** A world that is swept from now on, and its sweeps. */
function createSwept(options: WorldOptions = {}): { world: World; sweeps: { type: string }[] } {
  const world = createWorld(options)
  world.sweeper.start()
  return { world, sweeps: hear(world, 'sweep:finished') }
}

describe('the sweeper', () => {
  it('sweeps at its interval, and says how it went', () => {
    const { world, sweeps } = createSwept({ health: { sweepIntervalMs: 100 } })
    lease(world)
    world.clock.advance(300)
    expect(sweeps).toMatchObject([
      { at: 1_100, connections: 1, tookMs: 0 },
      { at: 1_200, connections: 1 },
      { at: 1_300, connections: 1 },
    ])
  })
  it('sweeps more often where idle connections are to go soon', () => {
    const { world, sweeps } = createSwept({ idleTimeoutMillis: 40 })
    world.clock.advance(100)
    expect(sweeps).toHaveLength(5)
  })
  it('does not busy itself with nothing else', () => {
    const { world, sweeps } = createSwept({ idleTimeoutMillis: 1 })
    world.clock.advance(100)
    expect(sweeps).toHaveLength(20)
  })
  it('keeps an idle timeout that is shorter than any interval', () => {
    const { world } = createSwept({ idleTimeoutMillis: 1 })
    const client = lease(world)
    world.clock.advance(3)
    world.release(client)
    world.sweeper.sweepWhenIdle()
    world.clock.advance(2)
    expect(client.isDead).toBe(true)
  })
  it('knows which those are', () => {
    expect([null, 0, 1, 9, 10].map(isBrief)).toEqual([false, false, true, true, false])
  })
  it('lets an ended pool be', () => {
    const { world, sweeps } = createSwept({ idleTimeoutMillis: 1 })
    world.release(lease(world))
    world.sweeper.sweepWhenIdle()
    world.end()
    world.clock.advance(100)
    expect(sweeps).toEqual([])
  })
  it('keeps to its interval where idle connections may stay', () => {
    const { world, sweeps } = createSwept({ idleTimeoutMillis: 0 })
    world.clock.advance(1_000)
    expect(sweeps).toHaveLength(4)
  })
  it('stops, also from within a sweep', () => {
    const { world, sweeps } = createSwept()
    world.monitor.once('sweep:finished', () => world.end())
    world.clock.advance(10_000)
    expect(sweeps).toHaveLength(1)
    expect(world.clock.pending).toBe(0)
  })
  it('ends the exhaustion of the pool once nobody waits', () => {
    const { world } = createSwept({ max: 1 })
    lease(world)
    world.acquire()
    world.clock.advance(900)
    world.acquire()
    world.clock.advance(100)
    expect(openIssues(world)).toContain('pool_exhaustion')
    world.clock.advance(500)
    expect(openIssues(world)).toContain('pool_exhaustion')
    world.clock.advance(1_000)
    expect(openIssues(world)).not.toContain('pool_exhaustion')
  })
})
