import { describe, expect, it } from 'vitest'
import { HostRotation } from '../../src/pool/host-rotation.ts'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import {
  acceptAs,
  badPassword,
  clientAt,
  clientOf,
  connecting,
  connectionOf,
  dialled,
  hear,
  openIssues,
  refused,
  reset,
  warm,
} from './world-steps.ts'

const hosts = [{ host: 'a' }, { host: 'b' }]
const unknownHost = Object.assign(new Error('getaddrinfo ENOTFOUND a'), { code: 'ENOTFOUND' })

function createRotatingWorld(options: WorldOptions = {}): World {
  return createWorld({ hosts, connectionTimeoutMillis: 30_000, ...options })
}

describe('HostRotation', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((host) => ({ host }))
  const abc = [a, b, c] as { host: string }[]

  it('stays with the first host while nothing fails', () => {
    const rotation = new HostRotation(abc)
    expect([0, 1].map((now) => rotation.next(now).host.address)).toEqual([a, a])
  })
  it('leaves a host out that failed, for 30 s', () => {
    const rotation = new HostRotation(abc)
    expect(rotation.failed(rotation.next(0), 0)).toBe(true)
    expect(rotation.next(29_999).host.address).toBe(b)
    expect(rotation.next(30_000).host.address).toBe(a)
  })
  it('begins anew once all have failed', () => {
    const rotation = new HostRotation(abc)
    const left = abc.map(() => rotation.failed(rotation.next(0), 0))
    expect(left).toEqual([true, true, false])
    expect(rotation.next(0).host.address).toBe(a)
  })
  it('counts nothing of a round that is over', () => {
    const rotation = new HostRotation(abc)
    const late = rotation.next(0)
    for (const _ of abc) rotation.failed(rotation.next(0), 0)
    expect(rotation.failed(late, 0)).toBe(true)
    expect(rotation.next(0).host.address).toBe(a)
  })
  it('has every failure of the only host count', () => {
    const rotation = new HostRotation([])
    const turns = [rotation.next(0), rotation.next(0)]
    expect(turns.map((turn) => rotation.failed(turn, 0))).toEqual([false, false])
    expect(rotation.next(0).host.address).toBeUndefined()
  })
  it('takes a host back that turns out to work', () => {
    const rotation = new HostRotation(abc)
    const slow = rotation.next(0)
    rotation.dawdles(slow, 0)
    rotation.failed(rotation.next(0), 0)
    expect(rotation.next(0).host.address).toBe(c)
    rotation.opened(slow)
    expect(rotation.next(0).host.address).toBe(a)
  })
  it('counts a host that takes its time as failed, and has it come last for 10 s', () => {
    const rotation = new HostRotation(abc)
    rotation.dawdles(rotation.next(0), 0)
    const left = [0, 1].map(() => rotation.failed(rotation.next(0), 0))
    expect(left).toEqual([true, false])
    expect(rotation.next(9_999).host.address).toBe(b)
    expect(rotation.next(10_000).host.address).toBe(a)
  })
  it('takes turns where all of them take their time', () => {
    const rotation = new HostRotation(abc)
    const turns = [0, 1, 2, 3, 4].map((now) => {
      const turn = rotation.next(now)
      rotation.dawdles(turn, now)
      return turn.host.address
    })
    expect(turns).toEqual([a, b, c, a, b])
  })
  it('gives all of them another chance when something changed', () => {
    const rotation = new HostRotation(abc)
    rotation.failed(rotation.next(0), 0)
    rotation.dawdles(rotation.next(0), 0)
    rotation.clear()
    expect(rotation.next(0).host.address).toBe(a)
  })
})

describe('an opening on one of several hosts', () => {
  it('that fails is followed by one on the next host at once, and counts for nothing', () => {
    const world = createRotatingWorld({ max: 1 })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(refused)
    expect(dialled(world)).toEqual(['a', 'b'])
    expect(world.engine.openingFailures).toBe(0)
    expect(openIssues(world)).toEqual([])
    clientAt(world, 1).settleConnect()
    expect(caller.client).toBe(clientAt(world, 1))
    expect(world.engine.totals.openFailures).toBe(1)
  })
  it('goes to the next host also where a name does not resolve, whatever strictHost says', () => {
    const world = createRotatingWorld({ max: 1, opening: { strictHost: true } })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(unknownHost)
    expect([caller.settledAt, dialled(world)]).toEqual([undefined, ['a', 'b']])
    clientAt(world, 1).settleConnect(unknownHost)
    expect(caller.error).toBe(unknownHost)
  })
  it('ends the search when the password is wrong', () => {
    const world = createRotatingWorld({ max: 1 })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(badPassword)
    expect([caller.error, dialled(world)]).toEqual([badPassword, ['a']])
  })
  it('does not go on when a hook of the application’s fails, with whatever error', async () => {
    const hooks = { onConnect: () => Promise.reject(unknownHost) }
    const world = createRotatingWorld({ max: 1, hooks })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect()
    await world.clock.advanceAsync(0)
    expect([caller.error, dialled(world)]).toEqual([unknownHost, ['a']])
  })
  it('counts once, and pauses, when all have failed; then all are tried again', () => {
    const world = createRotatingWorld({ max: 1 })
    world.acquire()
    for (const n of [0, 1]) clientAt(world, n).settleConnect(refused)
    expect(connecting(world)).toEqual([])
    expect(world.engine.openingFailures).toBe(1)
    expect(openIssues(world)).toEqual(['server_unreachable'])
    world.clock.advance(250)
    clientAt(world, 2).settleConnect(refused)
    expect(dialled(world)).toEqual(['a', 'b', 'a', 'b'])
  })
  it('never pauses for longer than 1 s', () => {
    const world = createRotatingWorld({ max: 1, connectionTimeoutMillis: 600_000 })
    world.acquire()
    for (let round = 0; round < 20; round += 1) {
      for (let n = 0; n < 2; n += 1) connecting(world)[0]?.settleConnect(refused)
      world.clock.advance(1_000)
      expect(connecting(world)).toHaveLength(1)
    }
  })
  it('has the others of a crowd go on to the next host too', () => {
    const world = createRotatingWorld({ max: 3 })
    const callers = [world.acquire(), world.acquire(), world.acquire()]
    for (const client of connecting(world)) client.settleConnect(refused)
    expect(dialled(world)).toEqual(['a', 'a', 'a', 'b', 'b', 'b'])
    for (const client of connecting(world)) client.settleConnect()
    expect(callers.every(({ client }) => client?.host === 'b')).toBe(true)
  })
  it('leaves the others their time when the first host swallows everything', () => {
    const world = createRotatingWorld({ max: 1, connectionTimeoutMillis: 1_000 })
    const caller = world.acquire()
    world.clock.advance(500)
    expect(dialled(world)).toEqual(['a', 'b'])
    clientAt(world, 1).settleConnect()
    expect(clientOf(caller).host).toBe('b')
  })
  it('has the next begin elsewhere while it takes its time', () => {
    const world = createRotatingWorld({ max: 2 })
    const caller = world.acquire()
    world.clock.advance(1_000)
    expect(dialled(world)).toEqual(['a', 'b'])
    clientAt(world, 1).settleConnect()
    expect(clientOf(caller).host).toBe('b')
  })
  it('fills min on the next host', () => {
    const world = createRotatingWorld({ min: 2, max: 3 })
    world.engine.fillToMinimum()
    for (const client of connecting(world)) client.settleConnect(refused)
    for (const client of connecting(world)) client.settleConnect()
    expect(world.engine.idleCount).toBe(2)
    expect(dialled(world)).toEqual(['a', 'a', 'b', 'b'])
  })
  it('tries the first host again once a connection is lost', () => {
    const world = createRotatingWorld({ max: 1 })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(refused)
    clientAt(world, 1).settleConnect()
    world.release(clientOf(caller))
    clientAt(world, 1).die(reset)
    world.acquire()
    expect(dialled(world)).toEqual(['a', 'b', 'a'])
  })
  it('tries the next host for a trial of the breaker too', () => {
    const world = createRotatingWorld({ max: 1, opening: { outageToleranceMs: 500 } })
    const caller = world.acquire()
    while (!world.engine.isBreakerOpen) {
      connecting(world)[0]?.settleConnect(refused)
      world.clock.advance(10)
    }
    if (caller.waiter !== undefined) world.engine.giveUp(caller.waiter, new Error('aborted'))
    for (const client of connecting(world)) client.settleConnect(refused)
    world.clock.advance(1_000)
    world.engine.tend()
    const trial = connecting(world)
    expect(trial.map(({ host }) => host)).toEqual(['a'])
    trial[0]?.settleConnect(refused)
    expect(connecting(world).map(({ host }) => host)).toEqual(['b'])
    connecting(world)[0]?.settleConnect()
    expect(world.engine.isBreakerOpen).toBe(false)
  })
})

describe('a replacement on one of several hosts', () => {
  it('goes on to the next host before the old one leaves', () => {
    const world = createRotatingWorld({ max: 1 })
    const [old] = warm(world, 1)
    const connection = connectionOf(world, old)
    world.engine.replacements.replace(connection, 'operator')
    connecting(world)[0]?.settleConnect(refused)
    expect(dialled(world)).toEqual(['a', 'a', 'b'])
    connecting(world)[0]?.settleConnect()
    clientAt(world, 2).answer()
    expect(world.replaced).toEqual([[connection.id, connection.id + 2]])
  })
  it('is given up when no host takes it, and the old one stays', () => {
    const world = createRotatingWorld({ max: 1 })
    const [old] = warm(world, 1)
    const connection = connectionOf(world, old)
    world.engine.replacements.replace(connection, 'operator')
    for (let n = 0; n < 2; n += 1) connecting(world)[0]?.settleConnect(refused)
    expect([connection.state, connection.isLeaving, world.engine.size]).toEqual(['idle', false, 1])
  })
  it('is given up when what it was to replace is gone', () => {
    const world = createRotatingWorld({ max: 2 })
    const [old] = warm(world, 1)
    world.engine.replacements.replace(connectionOf(world, old), 'operator')
    old?.die(reset)
    connecting(world)[0]?.settleConnect(refused)
    expect(connecting(world)).toEqual([])
    expect(world.engine.size).toBe(0)
  })
  it('is still a candidate on the next host, and told once', () => {
    const world = createRotatingWorld({ max: 2 })
    const [suspect] = warm(world, 1)
    const told: (number | undefined)[] = []
    world.port.openCandidate(connectionOf(world, suspect).id, (id) => void told.push(id))
    connecting(world)[0]?.settleConnect(refused)
    expect(told).toEqual([])
    connecting(world)[0]?.settleConnect()
    clientAt(world, 2).answer()
    expect(told).toEqual([connectionOf(world, clientAt(world, 2)).id])
  })
  it('tells of a candidate once that no host takes', () => {
    const world = createRotatingWorld({ max: 2 })
    const [suspect] = warm(world, 1)
    const told: (number | undefined)[] = []
    world.port.openCandidate(connectionOf(world, suspect).id, (id) => void told.push(id))
    for (let n = 0; n < 2; n += 1) connecting(world)[0]?.settleConnect(refused)
    expect(told).toEqual([undefined])
  })
  it('is given up where not even a client for the next host can be made', () => {
    let made = 0
    const world = createRotatingWorld({
      max: 2,
      onCreate: () => {
        made += 1
        if (made === 3) throw new TypeError('ssl is not a boolean')
      },
    })
    const [suspect] = warm(world, 1)
    const told: (number | undefined)[] = []
    world.port.openCandidate(connectionOf(world, suspect).id, (id) => void told.push(id))
    connecting(world)[0]?.settleConnect(refused)
    expect(told).toEqual([undefined])
    expect(world.engine.size).toBe(1)
  })
})

describe('a server of the wrong role', () => {
  it('is left with a goodbye for the next host', () => {
    const world = createRotatingWorld({ max: 1, targetSessionAttrs: 'read-write' })
    const failed = hear(world, 'connection:open-failed', 'connection:opened')
    const caller = world.acquire()
    const standby = clientAt(world, 0)
    standby.connection.stream.destroy = () => {
      throw new Error('its session is sound')
    }
    acceptAs(standby, 'standby')
    expect(standby.isDead).toBe(true)
    acceptAs(clientAt(world, 1), 'primary')
    expect(clientOf(caller).host).toBe('b')
    expect(failed).toMatchObject([
      { type: 'connection:open-failed', fault: { kind: 'server_unavailable', scope: 'role' } },
      { type: 'connection:opened' },
    ])
    expect(world.events.filter((name) => name === 'connect')).toHaveLength(1)
  })
  it('is what callers are told of, also where the last host gave no answer', () => {
    const world = createRotatingWorld({
      max: 1,
      targetSessionAttrs: 'read-write',
      connectionTimeoutMillis: 100,
    })
    const caller = world.acquire()
    acceptAs(connecting(world)[0], 'standby')
    connecting(world)[0]?.settleConnect(refused)
    expect(openIssues(world)).toEqual(['wrong_role', 'server_unreachable'])
    world.clock.advance(100)
    expect(caller.error).toMatchObject({
      reason: 'server-down',
      cause: { name: 'WrongRoleError', host: 'a', wanted: 'read-write', found: 'standby' },
    })
  })
  it('is an issue as long as such a server answers, and none that fits', () => {
    const world = createRotatingWorld({ max: 1, targetSessionAttrs: 'read-write' })
    const caller = world.acquire()
    const inTurn = (settle: () => void): void => {
      for (let n = 0; n < 2; n += 1) settle()
      world.clock.advance(1_000)
    }
    inTurn(() => acceptAs(connecting(world)[0], 'standby'))
    expect(openIssues(world)).toEqual(['wrong_role'])
    inTurn(() => connecting(world)[0]?.settleConnect(refused))
    expect(openIssues(world)).toEqual(['server_unreachable'])
    inTurn(() => acceptAs(connecting(world)[0], 'read-only'))
    expect(openIssues(world)).toEqual(['wrong_role'])
    acceptAs(connecting(world)[0], 'primary')
    expect(openIssues(world)).toEqual([])
    expect(caller.client).toBeDefined()
  })
  it('is alive, so that the only host is tried again within 1 s', () => {
    const world = createWorld({
      max: 1,
      targetSessionAttrs: 'primary',
      connectionTimeoutMillis: 600_000,
    })
    world.acquire()
    for (let n = 0; n < 20; n += 1) {
      acceptAs(connecting(world)[0], 'standby')
      world.clock.advance(1_000)
    }
    expect(connecting(world)).toHaveLength(1)
  })
  it('is asked again within 1 s although the first host swallows everything', () => {
    const world = createRotatingWorld({ max: 2, targetSessionAttrs: 'read-write' })
    const caller = world.acquire()
    for (let n = 0; n < 9_000; n += 10) {
      for (const client of connecting(world)) if (client.host === 'b') acceptAs(client, 'standby')
      world.clock.advance(10)
    }
    expect(caller.settledAt).toBeUndefined()
    for (let n = 0; n < 1_000 && caller.client === undefined; n += 10) {
      for (const client of connecting(world)) if (client.host === 'b') acceptAs(client, 'primary')
      world.clock.advance(10)
    }
    expect(clientOf(caller).host).toBe('b')
  })
  it('does not see the application’s hooks', async () => {
    const seen: unknown[] = []
    const world = createWorld({
      max: 1,
      targetSessionAttrs: 'primary',
      hooks: { onConnect: (client) => void seen.push(client) },
    })
    world.acquire()
    acceptAs(connecting(world)[0], 'standby')
    await world.clock.advanceAsync(250)
    expect(seen).toEqual([])
    acceptAs(connecting(world)[0], 'primary')
    await world.clock.advanceAsync(0)
    expect(seen).toEqual([clientAt(world, 1)])
  })
})
