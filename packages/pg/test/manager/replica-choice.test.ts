import { describe, expect, it } from 'vitest'
import { createGroupWorld, type FakeVitals } from './group-world.ts'

describe('the choice of a replica', () => {
  it('takes turns among equals', () => {
    const world = createGroupWorld()
    world.seat('primary', 'primary')
    for (const name of ['a', 'b', 'c']) world.seat(name, 'replica')
    expect(world.replicas(7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a'])
  })
  it('goes on taking turns among those that are left', () => {
    const world = createGroupWorld()
    world.seat('a', 'replica')
    const b = world.seat('b', 'replica')
    world.seat('c', 'replica')
    b.isServing = false
    expect(world.replicas(4)).toEqual(['a', 'c', 'a', 'c'])
    world.remove('c')
    expect(world.replicas(2)).toEqual(['a', 'a'])
  })
  // in the order of what counts for more: each row is worse than all rows before it
  const fromBestToWorst: readonly (readonly [string, Partial<FakeVitals>])[] = [
    ['is idle and caught up', {}],
    ['is busier', { load: 0.5 }],
    ['is further behind than passes between measurements', { lagMs: 300 }],
    ['does not tell how far it is behind', { lagMs: undefined }],
    ['is seconds behind', { lagMs: 5_000 }],
    ['is a little ill', { ills: 1 }],
    ['is half ill', { ills: 2 }],
    ['has nothing left to lend', { ills: 3 }],
    ['is too far behind', { lagMs: 30_001 }],
  ]
  for (const [index, [what, vitals]] of fromBestToWorst.entries()) {
    const [better, betterVitals] = fromBestToWorst[index - 1] ?? []
    if (better === undefined) continue
    it(`prefers one that ${better} to one that ${what}, whoever comes first`, () => {
      const world = createGroupWorld({ replicaFallback: 'any' })
      world.seat('worse', 'replica', vitals)
      world.seat('better', 'replica', betterVitals)
      world.seat('worse too', 'replica', vitals)
      expect(world.replicas(3)).toEqual(['better', 'better', 'better'])
    })
  }
  it('takes lags for alike that are less than what passes between two measurements', () => {
    const world = createGroupWorld()
    world.seat('a', 'replica', { lagMs: 0 })
    world.seat('b', 'replica', { lagMs: 250 })
    expect(world.replicas(4)).toEqual(['a', 'b', 'a', 'b'])
  })
  it('tries one that nobody is connected to, so that something becomes known of it', () => {
    const world = createGroupWorld()
    world.seat('a', 'replica')
    world.seat('cold', 'replica', { isWarm: false, lagMs: undefined })
    expect(world.replicas(2)).toEqual(['a', 'cold'])
  })
  it('leaves out one that lags until it has caught up with half of the limit', () => {
    const world = createGroupWorld({ maxReplicaLagMs: 10_000 })
    world.seat('primary', 'primary')
    const replica = world.seat('replica', 'replica')
    const chosenAt = (lagMs: number | undefined): string | undefined => {
      replica.lagMs = lagMs
      return world.replicas()[0]
    }
    expect([10_000, 10_001, 9_999, 5_001].map(chosenAt)).toEqual([
      'replica',
      'primary',
      'primary',
      'primary',
    ])
    expect([5_000, 10_000].map(chosenAt)).toEqual(['replica', 'replica'])
    expect([10_001, undefined].map(chosenAt)).toEqual(['primary', 'replica'])
  })
  it('knows no lag that is too much without a limit', () => {
    const world = createGroupWorld({ maxReplicaLagMs: false })
    world.seat('primary', 'primary')
    world.seat('replica', 'replica', { lagMs: 86_400_000 })
    expect(world.replicas()).toEqual(['replica'])
  })
})

describe('the choice where no replica is fit', () => {
  const behind = { lagMs: 60_000 }
  const down = { isServing: false }
  it('falls back to the primary, and to a replica that lags where that does not serve either', () => {
    const world = createGroupWorld()
    const primary = world.seat('primary', 'primary')
    world.seat('down', 'replica', down)
    const replica = world.seat('behind', 'replica', behind)
    expect(world.replicas()).toEqual(['primary'])
    primary.isServing = false
    expect(world.replicas()).toEqual(['behind'])
    replica.isServing = false
    expect(world.replicas()).toEqual(['primary'])
  })
  it('takes the replica that lags least before the primary, where any will do', () => {
    const world = createGroupWorld({ replicaFallback: 'any' })
    world.seat('primary', 'primary')
    world.seat('far', 'replica', { lagMs: 600_000 })
    const replica = world.seat('behind', 'replica', behind)
    expect(world.replicas(2)).toEqual(['behind', 'behind'])
    replica.isServing = false
    expect(world.replicas()).toEqual(['far'])
  })
  it('says why of each, where that is an error', () => {
    const world = createGroupWorld({ replicaFallback: 'error' })
    world.seat('primary', 'primary')
    world.seat('down', 'replica', down)
    world.seat('behind', 'replica', behind)
    world.seat('promoted', 'replica', { inHotStandby: false })
    expect(() => world.replicas()).toThrow(
      expect.objectContaining({
        code: 'HALE_SERVER_UNAVAILABLE',
        message:
          'no replica of group default is fit: down is not-serving, behind is lagging, promoted is promoted',
        replicas: { down: 'not-serving', behind: 'lagging', promoted: 'promoted' },
      }),
    )
  })
  it('takes the first of a group that has no primary, so that its caller hears what is wrong', () => {
    const world = createGroupWorld()
    world.seat('a', 'replica', down)
    world.seat('b', 'replica', down)
    expect(world.replicas()).toEqual(['a'])
  })
})

describe('who takes writes', () => {
  it('is the one that was registered, whatever else says that it could', () => {
    const world = createGroupWorld()
    world.seat('replica', 'replica', { inHotStandby: false })
    world.seat('primary', 'primary')
    expect(world.primary()).toBe('primary')
  })
  it('is the replica that was promoted, once the former primary serves no more, and stays it', () => {
    const world = createGroupWorld()
    const former = world.seat('former', 'primary')
    const other = world.seat('other', 'replica')
    const promoted = world.seat('promoted', 'replica')
    expect(world.primary()).toBe('former')
    former.isServing = false
    expect(world.primary()).toBe('former') // nobody else is it yet
    promoted.inHotStandby = false
    expect(world.primary()).toBe('promoted')
    expect(world.replicas(2)).toEqual(['other', 'other'])
    former.isServing = true // and still takes itself for the primary
    expect(world.primary()).toBe('promoted')
    promoted.isServing = false
    expect(world.primary()).toBe('former')
    former.inHotStandby = true
    promoted.isServing = true
    expect(world.primary()).toBe('promoted')
    other.isServing = false
    expect(world.replicas(2)).toEqual(['former', 'former'])
    promoted.isServing = false // nobody takes writes now: the latest that did may again
    expect(world.primary()).toBe('promoted')
  })
  it('is never a replica that followed nobody', () => {
    const world = createGroupWorld()
    const logical = { inHotStandby: false, hasBeenStandby: false, systemIdentifier: '2' }
    const primary = world.seat('primary', 'primary', { systemIdentifier: '1' })
    world.seat('logical', 'replica', logical)
    primary.isServing = false
    expect(world.primary()).toBe('primary')
    expect(world.replicas()).toEqual(['logical'])
  })
  it('may be a replica that was promoted before we knew it, if it is of the same system', () => {
    const world = createGroupWorld()
    world.seat('former', 'primary', { isServing: false, inHotStandby: undefined })
    const early = { inHotStandby: false, hasBeenStandby: false, systemIdentifier: '1' }
    world.seat('promoted', 'replica', early)
    expect(world.primary()).toBe('former')
    world.seat('other', 'replica', { systemIdentifier: '1' })
    expect(world.primary()).toBe('promoted')
  })
  it('is what it was registered as while its server has not said what it is', () => {
    const world = createGroupWorld()
    world.seat('replica', 'replica', { inHotStandby: undefined, lagMs: undefined })
    world.seat('primary', 'primary', { inHotStandby: undefined })
    expect([world.primary(), world.replicas()[0]]).toEqual(['primary', 'replica'])
  })
  it('is nobody in a group without a primary, until one is promoted', () => {
    const world = createGroupWorld()
    const replica = world.seat('replica', 'replica')
    expect(world.primary()).toBeUndefined()
    replica.inHotStandby = false
    expect(world.primary()).toBe('replica')
    world.remove('replica')
    expect(world.primary()).toBeUndefined()
  })
})
