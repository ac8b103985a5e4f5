import { describe, expect, it } from 'vitest'
import { createWorld, type World } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { clientAt, connecting, connectionOf, lease, refused, reset } from './world-steps.ts'

describe('a candidate', () => {
  /** A suspect that is lent, and the candidate that may replace it. */
  function createCandidate(world: World): { suspect: FakeClient; told: (number | undefined)[] } {
    const suspect = lease(world)
    const told: (number | undefined)[] = []
    world.port.openCandidate(connectionOf(world, suspect).id, (id) => void told.push(id))
    return { suspect, told }
  }
  function accept(client: FakeClient): void {
    client.settleConnect()
    client.answer()
  }

  it('is held until it is decided what becomes of it', () => {
    const world = createWorld({ max: 2 })
    const { told } = createCandidate(world)
    accept(clientAt(world, 1))
    expect(told).toEqual([2])
    expect(world.engine.counts()).toMatchObject({ total: 2, leased: 1, probing: 1 })
  })
  it('is lent to nobody, and nobody counts on it', () => {
    const world = createWorld({ max: 3 })
    createCandidate(world)
    const caller = world.acquire()
    expect(connecting(world)).toHaveLength(2)
    accept(clientAt(world, 1))
    expect(caller.client).toBeUndefined()
  })
  it('takes the place of its suspect', () => {
    const world = createWorld({ max: 2 })
    const { suspect } = createCandidate(world)
    accept(clientAt(world, 1))
    world.engine.replacements.replace(connectionOf(world, suspect), 'latency')
    expect(world.engine.counts()).toMatchObject({ idle: 1, leased: 1 })
    world.release(suspect)
    expect(suspect.isDead).toBe(true)
  })
  it('stays when it is dropped and there is room for it', () => {
    const world = createWorld({ max: 2 })
    createCandidate(world)
    accept(clientAt(world, 1))
    world.port.dropCandidate(2)
    expect(world.engine.counts()).toMatchObject({ total: 2, idle: 1 })
  })
  it('that was taken already cannot be dropped', () => {
    const world = createWorld({ max: 2 })
    const { suspect } = createCandidate(world)
    accept(clientAt(world, 1))
    world.engine.replacements.replace(connectionOf(world, suspect), 'latency')
    world.port.dropCandidate(2)
    expect(world.engine.counts()).toMatchObject({ idle: 1, leased: 1 })
  })
  it('goes when it is dropped and there is none', () => {
    const world = createWorld({ max: 1 })
    createCandidate(world)
    accept(clientAt(world, 1))
    world.port.dropCandidate(2)
    expect(clientAt(world, 1).isDead).toBe(true)
  })
  it('is lent like any other when its suspect is gone by the time it is open', () => {
    const world = createWorld({ max: 2 })
    const { suspect, told } = createCandidate(world)
    suspect.die(reset)
    world.release(suspect)
    accept(clientAt(world, 1))
    expect(told).toEqual([undefined])
    expect(world.acquire().client).toBe(clientAt(world, 1))
    expect(world.engine.replacements.canBegin).toBe(true)
  })
  it('is refused where it cannot be opened', () => {
    const world = createWorld({ max: 2 })
    const { told } = createCandidate(world)
    expect(world.port.openCandidate(1, () => {})).toBe(false) // there is one already
    clientAt(world, 1).settleConnect(refused)
    expect(told).toEqual([undefined])
    expect(world.port.openCandidate(1, () => {})).toBe(false) // the server takes none
    expect(world.port.openCandidate(4_711, () => {})).toBe(false)
  })
  it('is decided on when the pair that it is part of is answered', () => {
    for (const fate of ['take', 'drop', 'none'] as const) {
      const world = createWorld({ max: 1 })
      const { suspect } = createCandidate(world)
      accept(clientAt(world, 1))
      world.release(suspect)
      const pair = { suspectId: 1, referenceId: 2, kind: 'network', suspectFirst: true } as const
      expect(world.port.probePair(pair, () => {})).toBe(true)
      if (fate === 'take') {
        world.engine.replacements.replace(connectionOf(world, suspect), 'latency')
      } else if (fate === 'drop') world.port.dropCandidate(2)
      expect(world.engine.counts()).toMatchObject({ total: 2, probing: 2 })
      suspect.answer()
      clientAt(world, 1).answer()
      expect([suspect.isDead, clientAt(world, 1).isDead]).toEqual([
        fate === 'take',
        fate === 'drop',
      ])
      expect(world.engine.counts()).toMatchObject({ probing: fate === 'none' ? 1 : 0 })
    }
  })
})
