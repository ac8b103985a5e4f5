import { describe, expect, it } from 'vitest'
import { resolvePoolOptions } from '../../src/options.ts'
import { MemoryWatch } from '../../src/pool/memory-watch.ts'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { connectionOf, hear, lease, openIssues, warm } from './world-steps.ts'

/** Asked once a second; probed so often that an idle connection needs no check. */
const health = { memoryIntervalMs: 1_000, bypassWindowMs: 600_000, probeIntervalMs: false } as const

/** An idle connection that has served, and is old enough. */
function createIdle(options: WorldOptions = {}): { world: World; client: FakeClient } {
  const world = createWorld({ max: 2, ...options, health: { ...health, ...options.health } })
  const [client] = warm(world, 1) as [FakeClient]
  world.clock.advance(1_000)
  return { world, client }
}

function pass(world: World): void {
  world.memory.pass(world.clock.now())
}

/** Answers the question for the privilege, and has the next one asked. */
function allow(world: World, client: FakeClient): void {
  pass(world)
  client.answer({ rows: [{ allowed: true, pid: '0' }] })
  pass(world)
}

function counted(bytes: string): unknown {
  return [{ rows: [{ set_config: '500' }] }, { rows: [{ bytes }] }]
}

function memoryOf(world: World, client: FakeClient): number | undefined {
  return connectionOf(world, client).metrics.serverReport(world.clock.now())?.backendMemoryBytes
}

describe('the memory of a backend', () => {
  it('is asked for on the idle connection itself, within a bound, and reported', () => {
    const { world, client } = createIdle({ health: { probeTimeoutMs: 301 } })
    allow(world, client)
    expect(client.sent.at(-1)).toContain("'statement_timeout', '151', true")
    expect(client.sent.at(-1)).toContain('pg_backend_memory_contexts')
    expect(world.engine.counts().probing).toBe(1)
    client.answer(counted('1234567'))
    expect(world.engine.idleCount).toBe(1)
    expect(memoryOf(world, client)).toBe(1_234_567)
  })
  it('is asked for once in the interval', () => {
    const { world, client } = createIdle()
    allow(world, client)
    client.answer(counted('1234567'))
    const { length } = client.sent
    world.clock.advance(999)
    pass(world)
    expect(client.sent).toHaveLength(length)
    world.clock.advance(1)
    pass(world)
    expect(client.sent).toHaveLength(length + 1)
  })
  it('is asked of the one first that is due for longest, one at a time', () => {
    const { world, client } = createIdle()
    allow(world, client)
    client.answer(counted('1234567'))
    const late = warm(world, 2).find((each) => each !== client) as FakeClient
    world.clock.advance(1_000)
    const asked = [client.sent.length, late.sent.length] as const
    pass(world)
    pass(world)
    expect([client.sent.length - asked[0], late.sent.length - asked[1]]).toEqual([0, 1])
    late.answer(counted('1234567'))
    pass(world)
    expect([client.sent.length - asked[0], late.sent.length - asked[1]]).toEqual([1, 1])
  })
  it('is asked of the one first that was opened first, of those that never were', () => {
    const { world, client } = createIdle()
    const later = warm(world, 2).find((each) => each !== client) as FakeClient
    world.clock.advance(1_000)
    pass(world)
    expect([client.sent.length, later.sent.length]).toEqual([1, 0])
  })
  it.each<[string, (world: World, client: FakeClient) => unknown]>([
    ['is in use', (world) => lease(world)],
    ['needs a check', (world) => world.engine.thaw(0)],
    ['is to be replaced', (world, client) => connectionOf(world, client).condemn('operator')],
  ])('is not asked for where the connection %s', (_why, change) => {
    const { world, client } = createIdle()
    change(world, client)
    pass(world)
    expect(client.sent).toEqual([])
  })
  it('is not asked for where another backend answers than the one of the connection', () => {
    const { world, client } = createIdle()
    pass(world)
    client.answer({ rows: [{ allowed: true, pid: '4711' }] })
    expect(world.memory.limit?.reason).toContain('pooler')
    world.clock.advance(1_000)
    pass(world)
    expect(client.sent).toHaveLength(1)
  })
  it('is not asked for while somebody waits', () => {
    const { world, client } = createIdle()
    let waiting = 1
    const watch = new MemoryWatch({
      time: world.time,
      health: resolvePoolOptions({ health }).health,
      holds: world.engine.holds,
      connections: () => world.engine.connections(),
      waiting: () => waiting,
    })
    watch.pass(world.clock.now())
    expect(client.sent).toEqual([])
    waiting = 0
    watch.pass(world.clock.now())
    expect(client.sent).toHaveLength(1)
  })
  it('is not asked for where that is off', () => {
    const { world, client } = createIdle({ health: { memoryIntervalMs: false } })
    pass(world)
    expect(client.sent).toEqual([])
    expect(world.memory.limit).toBeUndefined()
  })
  it('is not asked for before the connection has served and is old enough', () => {
    const world = createWorld({ min: 1, health })
    world.engine.fillToMinimum()
    world.clients[0]?.settleConnect()
    world.clock.advance(1_000)
    pass(world)
    expect(world.clients[0]?.sent).toEqual([])
    world.release(lease(world))
    pass(world)
    expect(world.clients[0]?.sent).toHaveLength(1)
    const young = createWorld({ health })
    const [client] = warm(young, 1)
    young.clock.advance(999)
    pass(young)
    expect(client?.sent).toEqual([])
  })
  it('delays a caller by no more than the one round trip', () => {
    const { world, client } = createIdle({ max: 1 })
    allow(world, client)
    const caller = world.acquire()
    expect(caller.client).toBeUndefined()
    client.answer(counted('1234567'))
    expect(caller.client).toBe(client)
  })
  it('is nothing where the answer is none', () => {
    const { world, client } = createIdle()
    allow(world, client)
    client.answer({})
    expect(memoryOf(world, client)).toBeUndefined()
    expect(world.memory.limit).toBeUndefined()
  })
  it('is not known of a client of another kind, which is asked nothing', () => {
    const { world, client } = createIdle()
    Object.assign(client, { connection: undefined })
    const probed = hear(world, 'connection:probed')
    pass(world)
    pass(world)
    expect(client.sent).toEqual([])
    expect(probed).toHaveLength(1)
  })
  it('takes no question more where the connection is lost under it', () => {
    const { world, client } = createIdle()
    allow(world, client)
    client.die()
    expect(world.engine.size).toBe(0)
    const [next] = warm(world, 1) as [FakeClient]
    world.clock.advance(1_000)
    pass(world)
    expect(next.sent.at(-1)).toContain('memory')
  })
})

describe('memory that cannot be asked for', () => {
  it.each([
    [false, 'the role may not read'],
    [null, 'needs PostgreSQL 14'],
  ])('is told of as a limit, and never asked for again (%s)', (allowed, reason) => {
    const { world, client } = createIdle()
    pass(world)
    client.answer({ rows: [{ allowed }] })
    expect(world.memory.limit).toMatchObject({ fact: 'backend memory' })
    expect(world.memory.limit?.reason).toContain(reason)
    world.clock.advance(60_000)
    pass(world)
    expect(client.sent).toHaveLength(1)
  })
  it('is told of without a question where the server is too old', () => {
    const { world, client } = createIdle()
    const { connection } = client
    connection.emit('parameterStatus', { parameterName: 'server_version', parameterValue: '13.9' })
    pass(world)
    expect(client.sent).toEqual([])
    expect(world.memory.limit?.reason).toContain('needs PostgreSQL 14')
  })
  it('is asked for where the server says that it is not too old', () => {
    const { world, client } = createIdle()
    const { connection } = client
    connection.emit('parameterStatus', { parameterName: 'server_version', parameterValue: '14.1' })
    pass(world)
    expect(client.sent).toHaveLength(1)
  })
  it.each([
    ['42501', 'the role may not read'],
    ['42P01', 'needs PostgreSQL 14'],
    ['42883', 'needs PostgreSQL 14'],
  ])('leaves no trace when the question is refused (%s)', (code, reason) => {
    const { world, client } = createIdle()
    allow(world, client)
    client.refuse(code, 'ERROR')
    expect(world.memory.limit?.reason).toContain(reason)
    const { metrics, state } = connectionOf(world, client)
    expect(state).toBe('idle')
    expect(metrics.faults('statement', world.clock.now())).toBe(0)
    expect(metrics.attempts).toBe(0)
    expect(openIssues(world)).toEqual([])
  })
  it('is asked for again when counting took too long', () => {
    const { world, client } = createIdle()
    allow(world, client)
    client.refuse('57014', 'ERROR')
    expect(world.memory.limit).toBeUndefined()
    world.clock.advance(1_000)
    pass(world)
    expect(client.sent).toHaveLength(3)
  })
})
