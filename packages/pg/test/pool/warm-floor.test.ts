import { describe, expect, it } from 'vitest'
import { createWorld } from './engine-world.ts'
import { clientAt, connecting, connectionOf, warm } from './world-steps.ts'

describe('the warm floor', () => {
  it('is not thinned out by idleness while a candidate is held', () => {
    const world = createWorld({ max: 2, min: 1, idleTimeoutMillis: 1_000 })
    const [idle] = warm(world, 1)
    world.port.openCandidate(connectionOf(world, idle).id, () => {})
    connecting(world)[0]?.settleConnect()
    clientAt(world, 1).answer()
    world.clock.advance(1_500)
    world.sweeper.sweep()
    expect(idle?.isDead).toBe(false)
  })
})
