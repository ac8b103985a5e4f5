import { poolExhaustion, serverUnreachable } from '@hale/core'
import { describe, expect, it } from 'vitest'
import { PoolVitals } from '../src/pool-vitals.ts'
import type { Sentinels } from '../src/sentinel/sentinels.ts'
import { createWorld, type World } from './pool/engine-world.ts'
import {
  acceptAs,
  badPassword,
  clientAt,
  connecting,
  lease,
  refused,
  warm,
} from './pool/world-steps.ts'

/** What the sentinel would know. */
interface Sight {
  inHotStandby?: boolean | undefined
  roleSince?: number
  hasBeenStandby?: boolean
  lagMs?: number
  system?: string
}

function vitalsOf({ engine, monitor, options, time }: World, sight?: Sight): PoolVitals {
  const sentinels = sight && {
    view: {
      inHotStandby: sight.inHotStandby,
      roleSince: sight.roleSince,
      hasBeenStandby: sight.hasBeenStandby,
      facts: { identity: { system: sight.system } },
    },
    standbyLagMs: () => sight.lagMs,
  }
  return new PoolVitals({
    engine,
    monitor,
    options,
    time,
    sentinels: sentinels as unknown as Sentinels,
  })
}

function isServing(world: World): boolean {
  return vitalsOf(world).isServing
}

describe('whether a pool serves', () => {
  it('is taken for granted of one that has not been used', () => {
    const world = createWorld()
    expect([isServing(world), vitalsOf(world).isWarm]).toEqual([true, false])
  })
  it('is not while nothing is open and openings fail', () => {
    const world = createWorld({ connectionTimeoutMillis: 10_000 })
    world.acquire()
    expect(isServing(world)).toBe(true)
    clientAt(world, 0).settleConnect(refused)
    expect(isServing(world)).toBe(false)
    world.clock.advance(2_000)
    connecting(world)[0]?.settleConnect()
    expect([isServing(world), vitalsOf(world).isWarm]).toEqual([true, true])
  })
  it('is not while nothing is open and we are not let in', () => {
    const world = createWorld()
    world.acquire()
    clientAt(world, 0).settleConnect(badPassword)
    expect(world.monitor.issueOf('server_unreachable')).toBeUndefined()
    expect(isServing(world)).toBe(false)
  })
  it('goes on while openings fail and something is open', () => {
    const world = createWorld()
    lease(world)
    world.acquire()
    connecting(world)[0]?.settleConnect(refused)
    expect(world.engine.openingFailures).toBe(1)
    expect(isServing(world)).toBe(true)
  })
  it('is over when nobody gets an answer from the server, until a connection is heard of', () => {
    const world = createWorld()
    const [client] = warm(world, 1)
    world.clock.advance(1)
    world.monitor.sight(serverUnreachable(3, 'connection_timeout'))
    expect(isServing(world)).toBe(false)
    client?.query('select 1', () => {})
    client?.answer()
    expect(isServing(world)).toBe(true)
  })
  it('is over while the server owes answers on all connections', () => {
    const world = createWorld()
    warm(world, 1)
    const evidence = { failures: 0, lastError: undefined, silentMs: 1_000 }
    const openings = serverUnreachable(0, 'connection_timeout')
    world.monitor.sight({ ...openings, type: 'server_unreachable', evidence })
    expect(isServing(world)).toBe(false)
  })
  it('is over when the pool ends', () => {
    const world = createWorld()
    warm(world, 1)
    world.engine.end(() => {})
    expect(isServing(world)).toBe(false)
  })
})

describe('the load of a pool', () => {
  it('is what is in use and who waits, as a share of all', () => {
    const world = createWorld({ max: 2 })
    const load = (): number => vitalsOf(world).load
    const clients = [lease(world), lease(world)]
    expect(load()).toBe(1)
    world.acquire()
    expect(load()).toBe(1.5)
    for (const client of clients) world.release(client)
    expect(load()).toBe(0.5)
    world.options.max = 4
    expect(load()).toBe(0.25)
  })
})

describe('how ill a pool is', () => {
  const ills = (world: World): number => vitalsOf(world).ills
  it('is not at all at first, nor when one of five connections is', () => {
    const world = createWorld({ max: 5 })
    expect(ills(world)).toBe(0)
    warm(world, 5)
    Object.defineProperty(world.monitor, 'unhealthyCount', { value: 1 })
    expect(ills(world)).toBe(0)
  })
  it.each([
    [1, 1],
    [2, 2],
    [4, 2],
  ])('follows from how many of four are unhealthy: %i', (unhealthy, expected) => {
    const world = createWorld({ max: 4 })
    for (let opened = 0; opened < 4; opened += 1) lease(world)
    Object.defineProperty(world.monitor, 'unhealthyCount', { value: unhealthy })
    expect(ills(world)).toBe(expected)
  })
  it('is a little when the server is slower than it was', () => {
    const world = createWorld()
    world.monitor.judgeServer({ ratio: 10, sampleRuns: 10_000 })
    expect(world.monitor.issueOf('server_slow')).toBeDefined()
    expect(ills(world)).toBe(1)
  })
  it('is worst while callers wait as others have in vain', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    world.monitor.sight(poolExhaustion({ waiting: 1, leased: 1, max: 1 }))
    expect(ills(world)).toBe(0)
    world.acquire()
    expect(ills(world)).toBe(3)
    world.release(client)
    expect(ills(world)).toBe(0)
  })
})

describe('the role of a pool’s server', () => {
  const roleOf = (world: World, sight?: Sight): boolean | undefined =>
    vitalsOf(world, sight).inHotStandby
  it('is not known before anybody was told', () => {
    expect(roleOf(createWorld())).toBeUndefined()
    expect(roleOf(createWorld(), {})).toBeUndefined()
  })
  it('is what connections and the sentinel were told last', () => {
    const world = createWorld()
    expect(roleOf(world, { inHotStandby: true, roleSince: 0 })).toBe(true)
    world.clock.advance(100)
    world.acquire()
    acceptAs(connecting(world)[0], 'standby')
    const told = world.clock.now()
    expect(roleOf(world)).toBe(true)
    expect(roleOf(world, {})).toBe(true)
    expect(roleOf(world, { inHotStandby: false, roleSince: told - 1 })).toBe(true)
    expect(roleOf(world, { inHotStandby: false, roleSince: told + 1 })).toBe(false)
    clientAt(world, 0).become('primary')
    expect(roleOf(world)).toBe(false)
  })
  it('is the sentinel’s to say where a pooler is between', () => {
    const world = createWorld()
    world.engine.roles.areRolesTold = false
    world.acquire()
    acceptAs(connecting(world)[0], 'standby')
    expect(roleOf(world)).toBeUndefined()
    expect(roleOf(world, { inHotStandby: false, roleSince: 0 })).toBe(false)
  })
  it('does not change with what else is told', () => {
    const world = createWorld()
    world.acquire()
    connecting(world)[0]?.settleConnect()
    clientAt(world, 0).tell('default_transaction_read_only', true)
    expect(roleOf(world)).toBeUndefined()
  })
  it('is remembered where it was a standby’s, whoever saw it', () => {
    const world = createWorld()
    const hasBeen = (sight?: Sight): boolean => vitalsOf(world, sight).hasBeenStandby
    expect([hasBeen(), hasBeen({ hasBeenStandby: true })]).toEqual([false, true])
    world.acquire()
    acceptAs(connecting(world)[0], 'standby')
    clientAt(world, 0).become('primary')
    expect(hasBeen()).toBe(true)
  })
  it('comes with a lag and a system, as far as the sentinel knows', () => {
    const world = createWorld()
    const { lagMs, systemIdentifier } = vitalsOf(world, { lagMs: 7, system: '1' })
    expect([lagMs, systemIdentifier]).toEqual([7, '1'])
    expect([vitalsOf(world).lagMs, vitalsOf(world).systemIdentifier]).toEqual([
      undefined,
      undefined,
    ])
  })
})
