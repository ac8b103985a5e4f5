import { describe, expect, it } from 'vitest'
import { WrongRoleError } from '../../src/errors.ts'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import {
  acceptAs,
  clientAt,
  clientOf,
  connecting,
  connectionOf,
  dialled,
  hear,
  openIssues,
  refused,
  reset,
} from './world-steps.ts'

/** A pool of connections to a primary, all lent at once and taken back, so that they are idle and trusted. */
function createWarmWorld(count: number, options: WorldOptions = {}): World {
  const world = createWorld({ max: count, targetSessionAttrs: 'read-write', ...options })
  for (let n = 0; n < count; n += 1) world.acquire()
  const role = options.targetSessionAttrs === 'standby' ? 'standby' : 'primary'
  for (const client of connecting(world)) acceptAs(client, role)
  for (const client of world.leasedClients) world.release(client)
  world.clock.advance(1)
  return world
}

/** The next caller's client, which the pool trusts. */
function lend(world: World): FakeClient {
  return clientOf(world.acquire())
}

describe('a server that says that it does not fit any more', () => {
  it('loses an idle connection at once', () => {
    const world = createWarmWorld(1)
    const evicted = hear(world, 'connection:evicted')
    clientAt(world, 0).become('read-only')
    expect(evicted).toMatchObject([{ cause: 'role' }])
    expect(world.engine.size).toBe(0)
  })
  it.each([
    ['standby', 'primary'],
    ['primary', 'standby'],
    ['read-write', 'standby'],
  ] as const)('loses a lent one when that is released: wanted %s, is %s', (wanted, role) => {
    const world = createWarmWorld(1, { targetSessionAttrs: wanted })
    const client = lend(world)
    client.become(role)
    expect(connectionOf(world, client).condemnedFor).toBe('role')
    expect(openIssues(world)).toEqual(['wrong_role'])
    world.release(client)
    expect(world.engine.size).toBe(0)
  })
  it('may have been told to by the holder, who may take that back', () => {
    const world = createWarmWorld(1)
    const client = lend(world)
    client.become('read-only')
    expect(connectionOf(world, client).condemnedFor).toBeUndefined()
    expect(openIssues(world)).toEqual(['wrong_role'])
    client.become('primary')
    expect(openIssues(world)).toEqual([])
    world.release(client)
    expect(world.engine.idleCount).toBe(1)
  })
  it('keeps nobody’s connection that stays so', () => {
    const world = createWarmWorld(1)
    const evicted = hear(world, 'connection:evicted')
    const client = lend(world)
    client.become('read-only')
    world.release(client)
    expect(evicted).toMatchObject([{ cause: 'role' }])
  })
  it('has the others asked before they are lent, and not lent when they say so too', () => {
    const world = createWarmWorld(2)
    clientAt(world, 0).become('standby')
    const caller = world.acquire()
    const other = clientAt(world, 1)
    expect([caller.settledAt, other.isProbed]).toEqual([undefined, true])
    other.become('standby')
    other.answer()
    expect(caller.settledAt).toBeUndefined()
    acceptAs(connecting(world)[0], 'primary')
    expect(clientOf(caller)).toBe(clientAt(world, 2))
  })
  it('has the first host dialled again', () => {
    const world = createWorld({
      max: 1,
      hosts: [{ host: 'a' }, { host: 'b' }],
      targetSessionAttrs: 'primary',
    })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(refused)
    acceptAs(clientAt(world, 1), 'primary')
    world.release(clientOf(caller))
    clientAt(world, 1).become('standby')
    world.acquire()
    expect(dialled(world)).toEqual(['a', 'b', 'a'])
  })
  it('is reported, and loses nothing, where the pool only observes', () => {
    const world = createWarmWorld(1, { health: { mode: 'observe' } })
    clientAt(world, 0).become('standby')
    expect(openIssues(world)).toEqual(['wrong_role'])
    expect(world.engine.idleCount).toBe(1)
  })
  it('is none of a pool’s business that takes any', () => {
    const world = createWarmWorld(1, { targetSessionAttrs: 'any' })
    clientAt(world, 0).become('standby')
    expect([openIssues(world), world.engine.idleCount]).toEqual([[], 1])
  })
  it('is not believed behind a pooler', () => {
    const world = createWarmWorld(1)
    world.engine.roles.areRolesTold = false
    clientAt(world, 0).become('standby')
    expect([openIssues(world), world.engine.idleCount]).toEqual([[], 1])
    lend(world)
  })
  it('is not heard any more once its connection is closing', () => {
    const world = createWarmWorld(1)
    const client = clientAt(world, 0)
    client.end = () => {}
    world.engine.condemn(connectionOf(world, client), 'operator')
    client.become('standby')
    expect(openIssues(world)).toEqual([])
  })
  it('is found out when a hook took long, before anybody has the connection', async () => {
    let pass = (): void => {}
    const gate = new Promise<void>((resolve) => {
      pass = resolve
    })
    const world = createWorld({
      max: 1,
      targetSessionAttrs: 'primary',
      hooks: { onConnect: () => gate },
    })
    const caller = world.acquire()
    acceptAs(clientAt(world, 0), 'primary')
    clientAt(world, 0).become('standby')
    pass()
    await world.clock.advanceAsync(0)
    expect(caller.settledAt).toBeUndefined()
    expect(connecting(world)).toHaveLength(1)
  })
})

describe('doubt about the roles', () => {
  it('has every connection asked before it is lent', () => {
    const world = createWarmWorld(1)
    world.engine.roles.doubt()
    const caller = world.acquire()
    expect(caller.settledAt).toBeUndefined()
    clientAt(world, 0).answer()
    expect(caller.client).toBe(clientAt(world, 0))
  })
})

describe('a server that does not tell its role', () => {
  function open(options: WorldOptions = {}): World {
    const world = createWorld({ max: 1, targetSessionAttrs: 'primary', ...options })
    world.acquire()
    return world
  }

  it('is asked once, and only where one role is wanted', () => {
    const world = open()
    const client = clientAt(world, 0)
    client.settleConnect()
    expect(client.sent).toMatchObject([expect.stringContaining('pg_is_in_recovery')])
    client.answer()
    expect(world.callers[0]?.client).toBe(client)
    const indifferent = open({ targetSessionAttrs: 'any' })
    clientAt(indifferent, 0).settleConnect()
    expect(clientAt(indifferent, 0).sent).toEqual([])
  })
  it.each(['standby', 'read-only', 'unknown'] as const)('is not taken as %s', (role) => {
    const world = open({ targetSessionAttrs: 'read-write', connectionTimeoutMillis: 100 })
    const client = clientAt(world, 0)
    client.role = role
    client.settleConnect()
    client.answer()
    expect(world.engine.size).toBe(0)
    world.clock.advance(100)
    const { error } = world.callers[0] ?? {}
    expect(error).toMatchObject({ reason: 'server-down', cause: { found: role } })
    const evidence = { inHotStandby: role === 'unknown' ? undefined : role === 'standby' }
    expect(world.monitor.openIssues()).toMatchObject([{ type: 'wrong_role', evidence }])
  })
  it('is taken for what it answers, and its answer for no run of the application’s', () => {
    const world = open()
    clientAt(world, 0).settleConnect()
    clientAt(world, 0).answer()
    const { metrics } = connectionOf(world, clientAt(world, 0))
    expect(metrics.snapshot(world.clock.now()).attemptsTotal).toBe(0)
  })
  it('is asked also where what it tells is not to be believed', () => {
    const world = open()
    world.engine.roles.areRolesTold = false
    acceptAs(clientAt(world, 0), 'standby')
    clientAt(world, 0).role = 'primary'
    clientAt(world, 0).answer()
    expect(world.callers[0]?.client).toBe(clientAt(world, 0))
  })
  it('is asked within the time that an opening has', () => {
    const world = open({ connectionTimeoutMillis: 30_000 })
    clientAt(world, 0).settleConnect()
    world.clock.advance(10_000)
    expect(clientAt(world, 0).isDead).toBe(true)
    clientAt(world, 0).answer()
    expect(world.engine.totals.openFailures).toBe(1)
  })
  it('leaves the application’s hooks alone when it answers too late', async () => {
    const seen: unknown[] = []
    const world = open({ hooks: { onConnect: (client) => void seen.push(client) } })
    const client = clientAt(world, 0)
    client.settleConnect()
    client.connection.stream.destroy = () => {} // a socket that is slow to break
    client.end = () => {}
    world.clock.advance(1_000)
    client.answer()
    await world.clock.advanceAsync(0)
    expect([seen, world.engine.totals.openFailures]).toEqual([[], 1])
  })
  it('is tried again when its answer is an error', () => {
    const world = open({ connectionTimeoutMillis: 30_000 })
    clientAt(world, 0).settleConnect()
    clientAt(world, 0).die(reset)
    expect([world.engine.size, world.engine.openingFailures]).toEqual([0, 1])
  })
  it('is not asked over a client that cannot ask', () => {
    const world = open({
      onCreate: (client) => void Object.assign(client, { query: undefined, connection: undefined }),
    })
    clientAt(world, 0).settleConnect()
    expect(world.callers[0]?.client).toBe(clientAt(world, 0))
  })
})

describe('WrongRoleError', () => {
  it('says where, what it is and what is wanted', () => {
    const at = { host: 'db-1', port: 5_432 }
    expect([
      new WrongRoleError(at, 'read-write', 'standby').message,
      new WrongRoleError(at, 'read-write', 'read-only').message,
      new WrongRoleError(at, 'standby', 'primary').message,
      new WrongRoleError({}, 'primary', 'unknown').message,
    ]).toEqual([
      'wrong role: db-1:5432 is a standby, where read-write is wanted',
      'wrong role: db-1:5432 is read-only by default, where read-write is wanted',
      'wrong role: db-1:5432 is a primary, where standby is wanted',
      'wrong role: the server is of a role that it does not tell, where primary is wanted',
    ])
  })
})
