import { describe, expect, it } from 'vitest'
import { refusal } from './asked-client.ts'
import { createSentinelWorld, type SentinelWorld } from './sentinel-world.ts'

/** A sentinel that looks every second at a standby, which is asked everything every ten. */
async function createStandbyWorld(lagMs: number | null = 5): Promise<SentinelWorld> {
  const world = createSentinelWorld()
  world.server.isStandby = true
  world.server.facts = { replay: { lag_ms: lagMs }, identity: { system: '1', timeline: 1 } }
  world.connect(1)
  await world.tick()
  return world
}

function lagOf({ sentinel, clock }: SentinelWorld, withinMs = 30_000): number | undefined {
  return sentinel.view.standbyLagMs(clock.now(), withinMs)
}

describe('the lag of a standby', () => {
  it('is asked for at each look, and nothing else is', async () => {
    const world = await createStandbyWorld()
    expect(lagOf(world)).toBe(5)
    world.server.facts = { replay: { lag_ms: 900 }, identity: { system: '2', timeline: 2 } }
    const before = world.server.count('facts')
    await world.tick()
    expect(lagOf(world, 0)).toBe(900)
    expect(world.server.count('facts')).toBe(before + 1)
    expect(world.sentinel.view.facts.identity).toEqual({ system: '1', timeline: 1 })
    expect(world.server.latest.asked.at(-1)).toMatchObject({ name: 'hale sentinel: lag' })
    for (let turn = 0; turn < 9; turn += 1) await world.tick()
    expect(world.sentinel.view.facts.identity?.system).toBe('2')
  })
  it('is not asked of a primary', async () => {
    const world = createSentinelWorld()
    world.server.facts = { standbys: { count: 1, lag_ms: 5 } }
    world.connect(1)
    await world.tick()
    const before = world.server.count('facts')
    await world.tick()
    expect(world.server.count('facts')).toBe(before)
    expect(lagOf(world)).toBeUndefined()
  })
  it('says nothing any more when it was measured too long ago', async () => {
    const world = await createStandbyWorld()
    world.clock.advance(30_000)
    expect(lagOf(world)).toBe(5)
    world.clock.advance(1)
    expect(lagOf(world)).toBeUndefined()
  })
  it('is not known where the standby does not know it', async () => {
    expect(lagOf(await createStandbyWorld(null))).toBeUndefined()
  })
  it('that there is no more has everything asked: it was promoted', async () => {
    const world = await createStandbyWorld()
    world.server.isStandby = false
    world.server.facts = {}
    await world.tick()
    expect(world.changes).toEqual([])
    await world.tick()
    expect(world.changes).toMatchObject([{ inHotStandby: false }])
    expect(world.sentinel.view).toMatchObject({
      inHotStandby: false,
      hasBeenStandby: true,
      roleSince: world.clock.now(),
    })
    expect(lagOf(world)).toBeUndefined()
  })
  it('that is refused ends no session', async () => {
    const world = await createStandbyWorld()
    const { latest } = world.server
    world.server.refused.set('replay', '42501')
    await world.tick()
    expect([world.server.latest, latest.isClosed]).toEqual([latest, false])
    expect(lagOf(world)).toBe(5)
  })
  it('has no name behind a pooler, whose backends would not know it', async () => {
    const world = createSentinelWorld()
    world.server.isStandby = true
    world.server.facts = { replay: { lag_ms: 5 } }
    world.server.isPooled = true
    world.server.pooledPids = [7, 8, 9]
    world.connect(1)
    for (let turn = 0; turn < 3; turn += 1) await world.tick()
    const names = world.server.clients.flatMap(({ asked }) => asked.map(({ name }) => name))
    expect(new Set(names)).toEqual(new Set([undefined]))
  })
  it('gives the session up when nobody answers', async () => {
    const world = await createStandbyWorld()
    world.server.instead.set('facts', 'silence')
    const { latest } = world.server
    await world.tick()
    for (let turn = 0; turn < 3; turn += 1) await world.tick()
    expect(latest.isClosed).toBe(true)
  })
})

describe('the role of a server', () => {
  it('is as old as its last change', async () => {
    const world = await createStandbyWorld()
    const since = world.clock.now()
    expect(world.sentinel.view.roleSince).toBe(since)
    for (let turn = 0; turn < 12; turn += 1) await world.tick()
    expect(world.sentinel.view.roleSince).toBe(since)
  })
})

// what is asked when the session is lost is refused with a FATAL, which is no answer
describe('a refusal that ends the session', () => {
  it('is told as such', async () => {
    const world = await createStandbyWorld()
    world.server.instead.set('facts', refusal('57P01', 'FATAL'))
    const { latest } = world.server
    await world.tick()
    await world.tick()
    expect(latest.isClosed).toBe(true)
  })
})
