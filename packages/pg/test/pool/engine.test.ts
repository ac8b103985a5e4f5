import { describe, expect, it } from 'vitest'
import { AcquireTimeoutError } from '../../src/errors.ts'
import { type Caller, createWorld, type World } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
const badPassword = Object.assign(new Error('password authentication failed'), {
  code: '28P01',
  severity: 'FATAL',
})

/** A caller with a connection of its own. */
function lease(world: World): FakeClient {
  const caller = world.acquire()
  world.clients.find((each) => each.isConnecting)?.settleConnect()
  return clientOf(caller)
}

function clientOf(caller: Caller): FakeClient {
  if (caller.client === undefined) throw new Error(`caller ${caller.number} has no connection`)
  return caller.client
}

/** The client of that opening; without it, comparing with a caller that has none would prove nothing. */
function clientAt(world: World, index: number): FakeClient {
  const client = world.clients[index]
  if (client === undefined) throw new Error(`there were ${world.clients.length} openings`)
  return client
}

/** Lends `count` connections and takes them all back, so that they are idle and trusted. */
function warm(world: World, count: number): FakeClient[] {
  const clients = Array.from({ length: count }, () => lease(world))
  for (const client of clients) world.release(client)
  return clients
}

describe('acquire', () => {
  it('lends the latest used connection at once', () => {
    const world = createWorld()
    const clients = warm(world, 2)
    expect(world.acquire().client).toBe(clients[1])
  })
  it('gives a connection that comes back to the first waiter, not to the opening it caused', () => {
    const world = createWorld({ max: 2 })
    const held = lease(world)
    const waiter = world.acquire()
    world.release(held)
    expect(waiter.client).toBe(held)
  })
  it('verifies a connection that was silent for longer than the bypass window', () => {
    const world = createWorld({ health: { bypassWindowMs: 500 } })
    const [client] = warm(world, 1)
    world.clock.advance(501)
    const caller = world.acquire()
    expect(caller.client).toBeUndefined()
    expect(client?.sent).toEqual([''])
    client?.answer()
    expect(caller.client).toBe(client)
  })
  it('opens another connection when the one it verifies does not answer at once', () => {
    const world = createWorld({ health: { probeTimeoutMs: 1_000 } })
    warm(world, 1)
    world.clock.advance(600)
    const caller = world.acquire()
    world.clock.advance(250)
    world.clients.find((each) => each.isConnecting)?.settleConnect()
    expect(caller.client).toBe(clientAt(world, 1))
  })
  it('evicts a connection that does not answer in time', () => {
    const world = createWorld({ health: { probeTimeoutMs: 1_000 } })
    warm(world, 1)
    world.clock.advance(600)
    world.acquire()
    world.clock.advance(1_000)
    expect(world.clients[0]?.isDead).toBe(true)
  })
  it('verifies whatever was not heard of since a connection died', () => {
    const world = createWorld()
    const [older, dead] = warm(world, 2)
    world.clock.advance(1)
    dead?.die(new Error('read ECONNRESET'))
    const caller = world.acquire()
    expect(caller.client).toBeUndefined()
    older?.answer()
    expect(caller.client).toBe(older)
  })
  it('verifies a connection whose holder left it silent before it gives it to a waiter', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 60_000 })
    const held = lease(world)
    const waiter = world.acquire()
    world.clock.advance(30_000)
    world.release(held)
    expect(waiter.client).toBeUndefined()
    held.answer()
    expect(waiter.client).toBe(held)
  })
  it('fails each waiter at its own deadline, with the counts and pg-pool’s words', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 1_000 })
    lease(world)
    const first = world.acquire()
    world.clock.advance(400)
    const second = world.acquire()
    world.clock.advance(600)
    expect(first.error).toBeInstanceOf(AcquireTimeoutError)
    expect(first.error).toMatchObject({
      code: 'HALE_ACQUIRE_TIMEOUT',
      reason: 'busy',
      waitedMs: 1_000,
    })
    expect(first.error?.message).toMatch(/^timeout exceeded when trying to connect/)
    expect(second.settledAt).toBeUndefined()
    world.clock.advance(400)
    expect(second.error).toMatchObject({ counts: { max: 1, leased: 1, waiting: 0 } })
  })
})

describe('opening', () => {
  it('absorbs a transient outage within the deadline', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 5_000 })
    const caller = world.acquire()
    world.clients[0]?.settleConnect(refused)
    expect(caller.settledAt).toBeUndefined()
    world.clock.advance(250)
    world.clients[1]?.settleConnect()
    expect(caller.client).toBe(clientAt(world, 1))
  })
  it('tries one at a time while the server refuses, with growing pauses', () => {
    const world = createWorld({ max: 5, connectionTimeoutMillis: 60_000 })
    for (let n = 0; n < 5; n += 1) world.acquire()
    for (const client of [...world.clients]) client.settleConnect(refused)
    expect(world.engine.counts().opening).toBe(0)
    const attemptsAt: number[] = []
    for (let n = 0; n < 8_000; n += 1) {
      world.clock.advance(1)
      const client = world.clients.find((each) => each.isConnecting)
      if (client === undefined) continue
      attemptsAt.push(world.clock.now())
      client.settleConnect(refused)
    }
    const pauses = attemptsAt.slice(1).map((at, index) => at - (attemptsAt[index] ?? 0))
    expect(attemptsAt.length).toBeLessThan(10)
    expect(pauses.at(-1)).toBeGreaterThan(1_000)
  })
  it('says that the server is down, and why, when the outage outlasts the deadline', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 100 })
    const caller = world.acquire()
    world.clients[0]?.settleConnect(refused)
    world.clock.advance(100)
    expect(caller.error).toMatchObject({ reason: 'server-down', cause: refused })
  })
  it('passes a permanent error to the caller at once, as pg gave it', () => {
    const world = createWorld()
    const caller = world.acquire()
    world.clients[0]?.settleConnect(badPassword)
    expect(caller.error).toBe(badPassword)
  })
  it('lends a new connection once what its connect listener sent is answered', () => {
    const world = createWorld({ max: 1, onConnect: (client) => client.query('SET x', () => {}) })
    const caller = world.acquire()
    world.clients[0]?.settleConnect()
    expect(caller.client).toBeUndefined()
    world.clients[0]?.answer()
    expect(caller.client).toBe(clientAt(world, 0))
  })
  it('opens another at once when a connection dies before it was ever lent', () => {
    const world = createWorld({ max: 1, onConnect: (client) => client.query('SET x', () => {}) })
    const caller = world.acquire()
    world.clients[0]?.settleConnect()
    world.clients[0]?.die(new Error('read ECONNRESET'))
    expect(world.clients).toHaveLength(2)
    world.clients[1]?.settleConnect()
    world.clients[1]?.answer()
    expect(caller.client).toBe(clientAt(world, 1))
  })
  it('keeps min filled, and fills it again after a death', () => {
    const world = createWorld({ min: 2, max: 3 })
    world.sweeper.sweep()
    for (const client of world.clients) client.settleConnect()
    expect(world.engine.idleCount).toBe(2)
    world.clients[0]?.die(new Error('read ECONNRESET'))
    world.sweeper.sweep()
    world.clients.at(-1)?.settleConnect()
    expect(world.engine.idleCount).toBe(2)
  })
})

describe('release', () => {
  it('is synchronous when the connection is clean', () => {
    const world = createWorld()
    world.release(lease(world))
    expect(world.engine.idleCount).toBe(1)
  })
  it('refuses a double release, also after the connection was lent again', () => {
    const world = createWorld()
    const client = lease(world)
    const { release } = client
    world.release(client)
    expect(() => release?.()).toThrow('already been released')
    world.acquire()
    expect(() => release?.()).toThrow('already been released')
    expect(world.engine.counts().leased).toBe(1)
  })
  it('rolls an open transaction back before anybody else gets the connection', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    client.query('BEGIN', () => {})
    client.answer()
    const waiter = world.acquire()
    world.release(client)
    expect(waiter.client).toBeUndefined()
    expect(client.sent).toEqual(['BEGIN', 'ROLLBACK'])
    expect(world.monitor.openIssues().map(({ type }) => type)).toEqual(['transaction_leak'])
    client.answer()
    expect(waiter.client).toBe(client)
    expect(world.monitor.openIssues()).toEqual([])
  })
  it('closes a connection whose rollback is not answered', () => {
    const world = createWorld({ health: { cleanupTimeoutMs: 1_000 } })
    const client = lease(world)
    client.query('BEGIN', () => {})
    client.answer()
    world.release(client)
    world.clock.advance(1_000)
    expect(client.isDead).toBe(true)
    expect(world.engine.size).toBe(0)
  })
  it('closes a connection that is still busy and cannot be cancelled', () => {
    const world = createWorld()
    const client = lease(world)
    client.query('SELECT 1', () => {})
    world.release(client)
    expect(world.engine.counts().cleaning).toBe(1)
    world.clock.advance(100)
    expect(client.isDead).toBe(true)
  })
  it('never lends a connection again after FATAL, although its socket is still open', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    const waiter = world.acquire()
    client.query('SELECT 1', () => world.release(client))
    client.refuse('57P01', 'FATAL')
    expect(waiter.client).toBeUndefined()
    world.clients[1]?.settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
  })
  it('closes a connection that comes back after its lifetime', () => {
    const world = createWorld({ maxLifetimeMs: 10_000 })
    const client = lease(world)
    world.clock.advance(10_000)
    world.release(client)
    expect(client.isDead).toBe(true)
  })
  it('frees the slot at once when the holder releases with an error', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    const waiter = world.acquire()
    client.end = () => {} // a black hole: the close is never answered
    client.connection.stream.destroy = () => {}
    world.release(client, new Error('it hangs'))
    world.clients[1]?.settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
    expect(world.engine.counts()).toMatchObject({ total: 1, closing: 1 })
    world.clock.advance(2_000)
    expect(world.engine.counts().closing).toBe(0)
  })
})

describe('a lost connection', () => {
  const reset = new Error('read ECONNRESET')

  it('stays with its holder for a while, so that a release is still a release', () => {
    const world = createWorld()
    world.time.stop()
    const client = lease(world)
    client.die(reset)
    world.clock.advance(4_999)
    expect(world.engine.counts()).toMatchObject({ total: 1, leased: 1 })
    world.release(client)
    expect(world.engine.size).toBe(0)
    expect(() => client.release?.()).toThrow('already been released')
    expect(world.clock.pending).toBe(0)
  })
  it('is reclaimed from a holder who never hears of the loss', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 60_000 })
    const client = lease(world)
    const waiter = world.acquire()
    client.die(reset)
    world.clock.advance(5_000)
    world.clients[1]?.settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
    world.release(client) // late, and not the holder's fault
    expect(() => client.release?.()).toThrow('already been released')
    expect(world.engine.counts()).toMatchObject({ total: 1, leased: 1 })
  })
  it('does not keep an ending pool waiting for ever', () => {
    const world = createWorld()
    const client = lease(world)
    client.die(reset)
    world.end()
    expect(world.ended).toBe(false)
    world.clock.advance(5_000)
    expect(world.ended).toBe(true)
  })
})

describe('the cause of a recycle', () => {
  it('is what condemned the connection first, in the count and in the event alike', () => {
    const world = createWorld()
    warm(world, 1)
    const causes: string[] = []
    world.monitor.on('connection:evicted', ({ cause }) => void causes.push(cause))
    world.clock.advance(600)
    world.acquire() // verifies it
    const [connection] = [...world.engine.connections()]
    if (connection !== undefined) world.engine.condemn(connection, 'operator')
    world.clock.advance(1_000) // and gets no answer
    expect(causes).toEqual(['operator'])
  })
})

describe('replacement', () => {
  it('opens the successor before the old connection leaves', () => {
    const world = createWorld({ max: 1 })
    const [old] = warm(world, 1)
    const [connection] = [...world.engine.connections()]
    if (connection !== undefined) world.engine.replacements.replace(connection, 'operator')
    expect(old?.isDead).toBe(false)
    expect(world.engine.size).toBe(2)
    world.clients[1]?.settleConnect()
    expect(old?.isDead).toBe(false) // not before its successor has answered
    world.clients[1]?.answer()
    expect(old?.isDead).toBe(true)
    expect(world.engine.size).toBe(1)
  })
  it('leaves the old connection in place when no successor can be opened', () => {
    const world = createWorld({ max: 1 })
    const [old] = warm(world, 1)
    const replace = () => {
      const [connection] = [...world.engine.connections()]
      return connection !== undefined && world.engine.replacements.replace(connection, 'operator')
    }
    expect(replace()).toBe(true)
    world.clients[1]?.settleConnect(refused)
    expect(world.acquire().client).toBe(old)
    expect(replace()).toBe(false) // not before the back-off is over
    world.clock.advance(250)
    expect(replace()).toBe(true)
    world.clients[2]?.settleConnect()
    world.clients[2]?.answer()
    expect(world.engine.size).toBe(2)
    if (old !== undefined) world.release(old)
    expect(old?.isDead).toBe(true)
    expect(world.engine.size).toBe(1)
  })
  it('warms one successor at a time', () => {
    const world = createWorld({ max: 5 })
    warm(world, 3)
    const begun = [...world.engine.connections()].map((each) =>
      world.engine.replacements.replace(each, 'operator'),
    )
    expect(begun).toEqual([true, false, false])
  })
  it('retires a connection at the end of its lifetime, its successor first while it is in use', () => {
    const world = createWorld({ max: 2, maxLifetimeMs: 10_000, idleTimeoutMillis: 0 })
    const client = lease(world)
    world.clock.advance(9_990)
    world.sweeper.sweep()
    world.clients[1]?.settleConnect()
    world.clients[1]?.answer()
    expect(world.engine.size).toBe(2)
    world.release(client)
    expect(client.isDead).toBe(true)
    expect(world.engine.counts()).toMatchObject({ total: 1, idle: 1 })
  })
  it('closes idle connections after idleTimeoutMillis, down to min', () => {
    const world = createWorld({ max: 3, min: 1, idleTimeoutMillis: 1_000 })
    warm(world, 3)
    world.clock.advance(1_000)
    world.sweeper.sweep()
    expect(world.engine.size).toBe(1)
  })
})

describe('end', () => {
  it('tells every waiter, closes what is idle, and waits for what is lent', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    const waiter = world.acquire()
    world.end()
    expect(waiter.error).toMatchObject({ code: 'HALE_POOL_CLOSED' })
    expect(world.ended).toBe(false)
    world.release(client)
    expect(world.ended).toBe(true)
    expect(client.isDead).toBe(true)
  })
  it('lends nothing afterwards', () => {
    const world = createWorld()
    warm(world, 1)
    world.end()
    expect(world.acquire().error).toMatchObject({ code: 'HALE_POOL_CLOSED' })
  })
})

describe('probing', () => {
  it('comes to a suspect more often than to its peers', () => {
    const world = createWorld({ max: 8, health: { probeIntervalMs: 3_600_000 } })
    warm(world, 8)
    const work = (client: FakeClient, tookMs: number): void => {
      client.query('SELECT 1', () => {})
      world.clock.advance(tookMs)
      client.answer()
    }
    let suspect: FakeClient | undefined
    for (let n = 0; n < 60; n += 1) {
      const leased = Array.from({ length: 8 }, () => clientOf(world.acquire()))
      suspect ??= leased.at(-1)
      for (const client of leased) work(client, client === suspect && n > 40 ? 80 : 1)
      for (const client of leased) world.release(client)
    }
    for (let n = 0; n < 8; n += 1) {
      world.sweeper.sweep()
      for (const client of world.clients) if (client.isBusy) client.answer()
      world.clock.advance(250)
    }
    const probesOf = (client: FakeClient): number =>
      client.sent.filter((text) => text === '').length
    const others = world.clients.filter((client) => client !== suspect)
    expect(suspect === undefined ? 0 : probesOf(suspect)).toBeGreaterThan(1)
    expect(Math.max(...others.map(probesOf))).toBeLessThan(
      suspect === undefined ? 0 : probesOf(suspect),
    )
  })
})

describe('silence', () => {
  it('is not blamed on a connection while nobody else is answered either', () => {
    const world = createWorld({ max: 3, health: { probeIntervalMs: 1_000, probeTimeoutMs: 500 } })
    warm(world, 3)
    world.clock.advance(1_100)
    world.sweeper.sweep()
    world.clock.advance(2_000)
    expect(world.engine.size).toBe(3)
    const [one] = world.clients.filter((client) => client.isBusy)
    one?.answer()
    world.clock.advance(600)
    world.sweeper.sweep()
    world.clock.advance(600)
    expect(world.engine.size).toBe(3 - world.clients.filter((client) => client.isDead).length)
  })
})
