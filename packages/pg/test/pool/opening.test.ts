import { describe, expect, it } from 'vitest'
import { createWorld } from './engine-world.ts'
import { badPassword, clientAt, connectionOf, hear, lease, refused } from './world-steps.ts'

const unknownHost = Object.assign(new Error('getaddrinfo ENOTFOUND db'), { code: 'ENOTFOUND' })
const unusable = new TypeError('ssl is not a boolean')

function refuseToBeMade(): never {
  throw unusable
}

const starting = Object.assign(new Error('starting up'), { code: '57P03', severity: 'FATAL' })

/** Pauses between the openings of 8 s in which all of them fail like that, ms. */
function pausesWhile(error: Error): number[] {
  const world = createWorld({ max: 5, connectionTimeoutMillis: 60_000 })
  for (let n = 0; n < 5; n += 1) world.acquire()
  for (const client of [...world.clients]) client.settleConnect(error)
  expect(world.engine.counts().opening).toBe(0)
  const attemptsAt: number[] = []
  for (let n = 0; n < 8_000; n += 1) {
    world.clock.advance(1)
    const client = world.clients.find((each) => each.isConnecting)
    if (client === undefined) continue
    attemptsAt.push(world.clock.now())
    client.settleConnect(error)
  }
  return attemptsAt.slice(1).map((at, index) => at - (attemptsAt[index] ?? 0))
}

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
    const pauses = pausesWhile(refused)
    expect(pauses.length).toBeLessThan(9)
    expect(pauses.at(-1)).toBeGreaterThan(1_000)
  })
  it('keeps the pauses short while the server says that it is starting up', () => {
    const pauses = pausesWhile(starting)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000)
    expect(Math.max(...pauses)).toBeGreaterThan(500)
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
    world.clock.advance(5_000) // what was to clean the dead one is over
    expect(world.engine.counts()).toMatchObject({ total: 1, leased: 1, closing: 0 })
  })
  it('opens another when what a connect listener sent is never answered', () => {
    const world = createWorld({
      max: 1,
      connectionTimeoutMillis: 60_000,
      onConnect: (client) => client.query('SET x', () => {}),
    })
    const evicted = hear(world, 'connection:evicted')
    world.acquire()
    clientAt(world, 0).settleConnect()
    world.clock.advance(5_000)
    expect(evicted).toMatchObject([{ cause: 'busy' }])
    expect(world.clients).toHaveLength(2)
  })
  it('may be the end of the pool, when a listener that hears of its failure says so', () => {
    const world = createWorld({ max: 1 })
    world.monitor.on('connection:open-failed', () => world.end())
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(refused)
    expect(caller.error).toMatchObject({ code: 'HALE_POOL_CLOSED' })
    expect(world.ended).toBe(true)
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
  it('gives up an opening that is not answered, in pg-pool’s words', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 0 })
    const failed = hear(world, 'connection:open-failed')
    const caller = world.acquire()
    world.clock.advance(10_000)
    expect(clientAt(world, 0).isDead).toBe(true)
    expect(failed).toMatchObject([{ fault: { kind: 'connection_timeout' } }])
    expect(caller.settledAt).toBeUndefined()
    world.clock.advance(250)
    clientAt(world, 1).settleConnect()
    expect(caller.client).toBe(clientAt(world, 1))
  })
  it('does not mind a server that answers after that', () => {
    const world = createWorld({
      max: 1,
      connectionTimeoutMillis: 0,
      hooks: { onConnect: () => {} },
    })
    world.acquire()
    clientAt(world, 0).connection.stream.destroy = () => {} // a socket that is slow to break
    clientAt(world, 0).end = () => {}
    world.clock.advance(10_000)
    clientAt(world, 0).settleConnect()
    expect(world.engine.totals.opened).toBe(0)
  })
  it('takes a host that is not known for an outage', () => {
    const world = createWorld({ max: 1, connectionTimeoutMillis: 60_000 })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(unknownHost)
    expect(caller.settledAt).toBeUndefined()
  })
  it('takes a host that is not known for a mistake where that is asked for', () => {
    const world = createWorld({ opening: { strictHost: true } })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(unknownHost)
    expect(caller.error).toBe(unknownHost)
  })
  describe('where a start is strict', () => {
    const strict = { opening: { strictStart: true } }
    it.each([refused, unknownHost])('tells at once that no server answers: $code', (error) => {
      const world = createWorld(strict)
      const caller = world.acquire()
      clientAt(world, 0).settleConnect(error)
      expect(caller.error).toBe(error)
    })
    it('waits for a server that answers, or that has answered once', () => {
      const world = createWorld({ max: 2, connectionTimeoutMillis: 60_000, ...strict })
      const patient = world.acquire()
      clientAt(world, 0).settleConnect(starting)
      expect(patient.settledAt).toBeUndefined()
      world.clock.advance(250)
      clientAt(world, 1).settleConnect()
      expect(patient.client).toBeDefined()
      const second = world.acquire()
      clientAt(world, 2).settleConnect(refused)
      expect(second.settledAt).toBeUndefined()
    })
    it('waits for one of several hosts', () => {
      const hosts = [{ host: 'a' }, { host: 'b' }]
      const world = createWorld({ hosts, ...strict })
      const caller = world.acquire()
      clientAt(world, 0).settleConnect(refused)
      clientAt(world, 1).settleConnect(refused)
      expect(caller.settledAt).toBeUndefined()
    })
  })
  it('counts on nothing while it opens what nobody waits for any more', () => {
    const world = createWorld({ min: 3, max: 3, onCreate: refuseToBeMade })
    world.engine.fillToMinimum()
    expect(world.engine.openingFailures).toBe(1)
    expect(world.engine.size).toBe(0)
  })
})

describe('a permanent error', () => {
  it('is told to everybody when nothing else is open', () => {
    const world = createWorld({ max: 3 })
    const callers = [world.acquire(), world.acquire(), world.acquire()]
    clientAt(world, 1).settleConnect(badPassword)
    expect(callers.map(({ error }) => error)).toEqual([badPassword, badPassword, badPassword])
  })
  it('is told to the first who waits while other connections work', () => {
    const world = createWorld({ max: 3 })
    const held = lease(world)
    const [first, second] = [world.acquire(), world.acquire()]
    clientAt(world, 1).settleConnect(badPassword)
    expect(first.error).toBe(badPassword)
    expect(second.settledAt).toBeUndefined()
    world.release(held)
    expect(second.client).toBe(held)
  })
  it('is told to nobody when nobody waits', () => {
    const world = createWorld({ max: 3 })
    const held = lease(world)
    const waiter = world.acquire()
    world.release(held)
    expect(waiter.client).toBe(held)
    clientAt(world, 1).settleConnect(badPassword)
    expect(world.engine.openingFailures).toBe(1)
  })
  it('of an opening that nobody asked for is told to nobody', () => {
    const world = createWorld({ max: 2 })
    const client = lease(world)
    world.engine.replacements.replace(connectionOf(world, client), 'operator')
    const waiter = world.acquire()
    clientAt(world, 1).settleConnect(badPassword)
    expect(waiter.settledAt).toBeUndefined()
  })
  it('may be that no client can be made', () => {
    const world = createWorld({ onCreate: refuseToBeMade })
    const caller = world.acquire()
    expect(caller.error).toBe(unusable)
    expect(world.engine.size).toBe(0)
  })
  it('may be thrown by connect', () => {
    const world = createWorld({
      onCreate: (client) => {
        client.connectError = badPassword
      },
    })
    expect(world.acquire().error).toBe(badPassword)
    expect(world.engine.size).toBe(0)
  })
})

describe('the application’s hooks', () => {
  const mistake = new Error('no such schema')

  it('run in their order before the connection is lent', async () => {
    const ran: string[] = []
    const world = createWorld({
      hooks: {
        onConnect: async () => void ran.push('onConnect'),
        verify: (_, done) => {
          ran.push('verify')
          done()
        },
      },
    })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect()
    expect(caller.settledAt).toBeUndefined()
    await world.clock.advanceAsync(0)
    expect(caller.client).toBe(clientAt(world, 0))
    expect(ran).toEqual(['onConnect', 'verify'])
  })
  it('end the opening with their own error, and the session with a goodbye', async () => {
    const world = createWorld({ hooks: { onConnect: () => Promise.reject(mistake) } })
    const caller = world.acquire()
    const client = clientAt(world, 0)
    client.connection.stream.destroy = () => {
      throw new Error('its session is sound')
    }
    client.settleConnect()
    await world.clock.advanceAsync(0)
    expect(caller.error).toBe(mistake)
    expect(client.isDead).toBe(true)
  })
  it('may be one alone', async () => {
    const world = createWorld({ hooks: { onConnect: () => undefined } })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect()
    await world.clock.advanceAsync(0)
    expect(caller.client).toBe(clientAt(world, 0))
  })
  it('may refuse a connection by calling back', async () => {
    const world = createWorld({ hooks: { verify: (_, done) => done(mistake) } })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect()
    await world.clock.advanceAsync(0)
    expect(caller.error).toBe(mistake)
  })
  it('do not run where the server refuses', () => {
    const world = createWorld({
      hooks: {
        onConnect: () => {
          throw new Error('it is not open')
        },
      },
    })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect(badPassword)
    expect(caller.error).toBe(badPassword)
  })
})
