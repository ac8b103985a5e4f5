import { describe, expect, it } from 'vitest'
import type { AcquireTimeoutError } from '../../src/errors.ts'
import type { Connection } from '../../src/pool/connection.ts'
import { type Holder, holderOfFlow } from '../../src/pool/holder.ts'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'

/** A world whose server accepts at once and whose callers are the flows of the test. */
function createFlowing(options: WorldOptions): {
  world: World
  connect: () => Promise<Connection>
} {
  const world = createWorld({
    ...options,
    onCreate: (client) => queueMicrotask(() => client.settleConnect()),
  })
  const connect = (): Promise<Connection> => {
    const { engine, acquiring } = world
    const holder = acquiring.note(connect)
    const connection = engine.acquireNow(holder)
    if (connection !== undefined) return Promise.resolve(connection)
    return new Promise((resolve, reject) => {
      acquiring.wait((error, lent) => (lent === undefined ? reject(error) : resolve(lent)), holder)
    })
  }
  return { world, connect }
}

const release = ({ client }: Connection): void => client.release?.()

/** Lets the deadline pass, and gives what the caller was told. */
async function inVain(world: World, waiting: Promise<unknown>): Promise<AcquireTimeoutError> {
  const told = waiting.then(
    () => {
      throw new Error('it was served')
    },
    (error: AcquireTimeoutError) => error,
  )
  await world.clock.advanceAsync(world.options.connectionTimeoutMillis)
  return await told
}

/** How many askers a flow drags behind it. */
function chainLength(): number {
  let length = 0
  for (let each: Holder | undefined = holderOfFlow(); each !== undefined; each = each.outer)
    length += 1
  return length
}

describe('a flow', () => {
  it('that waits for a second connection while it holds the first is told so', async () => {
    const { world, connect } = createFlowing({ max: 1 })
    await connect()
    const error = await inVain(world, connect())
    expect(error).toMatchObject({ reason: 'nested-acquire', holders: [{ isWaiting: true }] })
    expect(error.message).toMatch(/by .*holder\.test\.ts/)
  })
  it('is followed through calls and promises', async () => {
    const { world, connect } = createFlowing({ max: 2 })
    const transaction = async (work: () => Promise<unknown>): Promise<unknown> => {
      await connect()
      await Promise.resolve()
      return await work()
    }
    const error = await inVain(
      world,
      transaction(() => transaction(() => connect())),
    )
    expect(error.reason).toBe('nested-acquire')
    expect(error.holders.map(({ isWaiting }) => isWaiting)).toEqual([true, true])
  })
  it('is followed through callbacks', async () => {
    const { world, connect } = createFlowing({ max: 1 })
    const nested = new Promise((resolve, reject) => {
      process.nextTick(() => {
        void connect()
        queueMicrotask(() => connect().then(resolve, reject))
      })
    })
    expect(await inVain(world, nested)).toMatchObject({ reason: 'nested-acquire' })
  })
  it('does not wait for itself when it asks for several at once and each goes its own way', async () => {
    const { world, connect } = createFlowing({ max: 1 })
    const use = async (): Promise<void> => {
      await connect() // and works on
    }
    const error = await inVain(world, Promise.all([use(), use(), use()]))
    expect(error).toMatchObject({ reason: 'busy', holders: [{ isWaiting: false }] })
  })
  it('waits for itself when it asked for several at once and then for one more', async () => {
    const { world, connect } = createFlowing({ max: 2 })
    await Promise.all([connect(), connect()])
    const error = await inVain(world, connect())
    expect(error.reason).toBe('nested-acquire')
    expect(error.holders.some(({ isWaiting }) => isWaiting)).toBe(true)
  })
  it('does not wait for another flow', async () => {
    const { world, connect } = createFlowing({ max: 1 })
    const separate = async (): Promise<Connection> => {
      await Promise.resolve()
      return await connect()
    }
    await separate()
    expect(await inVain(world, separate())).toMatchObject({ reason: 'busy' })
  })
  it('does not wait for what it gave back', async () => {
    const { world, connect } = createFlowing({ max: 1 })
    const other = createFlowing({ max: 1 })
    release(await connect())
    const held = await connect()
    expect(chainLength()).toBe(1)
    release(held)
    expect(chainLength()).toBe(0)
    await other.connect()
    expect(await inVain(other.world, other.connect())).toMatchObject({ reason: 'nested-acquire' })
    expect(world.engine.counts()).toMatchObject({ leased: 0 })
  })
  it('drags no gap behind it when what it got in between is given back first', async () => {
    const { connect } = createFlowing({ max: 3 })
    await connect()
    const between = await connect()
    await connect()
    expect(chainLength()).toBe(3)
    release(between)
    expect(chainLength()).toBe(2)
  })
  it('forgets a request that was turned away', async () => {
    const { world, connect } = createFlowing({ max: 1 })
    const held = await connect()
    await inVain(world, connect())
    expect(chainLength()).toBe(1)
    release(held)
    expect(chainLength()).toBe(0)
  })
  it('drags no past behind it over 10,000 leases one after the other', async () => {
    const { connect } = createFlowing({ max: 3 })
    const outer = await connect()
    for (let n = 0; n < 10_000; n += 1) release(await connect())
    expect(chainLength()).toBe(1)
    const latest = holderOfFlow()
    release(outer)
    release(await connect())
    expect(latest?.outer).toBeUndefined()
    expect(chainLength()).toBe(0)
  })
  it('drags no more than sixteen behind it', async () => {
    const { connect } = createFlowing({ max: 40 })
    for (let n = 0; n < 40; n += 1) await connect()
    expect(chainLength()).toBe(16)
  })
  it('drags nobody behind it who asked in the same turn', async () => {
    const { connect } = createFlowing({ max: 3 })
    await connect()
    await Promise.all([connect(), connect()])
    expect(chainLength()).toBe(2)
  })
  it('is not followed while the pool is far from dry', async () => {
    const { connect } = createFlowing({ max: 20 })
    await connect()
    expect(chainLength()).toBe(0)
  })
})

describe('whoever waits without being noted', () => {
  it('is known to wait on behalf of its flow', async () => {
    const { world, connect } = createFlowing({ max: 1 })
    await connect()
    const waiting = new Promise((_, reject) => {
      world.acquiring.wait((error) => reject(error), undefined)
    })
    expect(await inVain(world, waiting)).toMatchObject({ reason: 'nested-acquire' })
  })
})

describe('giving up', () => {
  it('by a signal tells the waiter the signal’s reason at once', () => {
    const world = createWorld({ max: 1 })
    world.acquire()
    const controller = new AbortController()
    const told: unknown[] = []
    world.acquiring.wait((error) => void told.push(error), undefined, controller.signal)
    const reason = new Error('too late')
    controller.abort(reason)
    expect(told).toEqual([reason])
    expect(world.engine.waitingCount).toBe(1)
  })
  it('is too late once the waiter was served', () => {
    const world = createWorld({ max: 1 })
    const controller = new AbortController()
    const served: unknown[] = []
    world.acquiring.wait(
      (error, connection) => void served.push(error ?? connection?.client),
      undefined,
      controller.signal,
    )
    const [client] = world.clients as [FakeClient]
    client.settleConnect()
    controller.abort()
    expect(served).toEqual([client])
  })
  it('works from within the event that announces the wait', () => {
    const world = createWorld({ max: 1 })
    const controller = new AbortController()
    world.monitor.on('acquire:queued', () => controller.abort(new Error('no queueing')))
    const told: unknown[] = []
    world.acquiring.wait((error) => void told.push(error), undefined, controller.signal)
    expect(told).toEqual([controller.signal.reason])
  })
  it('does not matter to a pool that has ended', () => {
    const world = createWorld()
    world.end()
    const controller = new AbortController()
    const told: (Error | undefined)[] = []
    world.acquiring.wait((error) => void told.push(error), undefined, controller.signal)
    controller.abort()
    expect(told).toMatchObject([{ code: 'HALE_POOL_CLOSED' }])
  })
})
