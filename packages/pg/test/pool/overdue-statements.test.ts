import { describe, expect, it, vi } from 'vitest'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { connectionOf, hear, lease, reset } from './world-steps.ts'

vi.mock('../../src/pool/cancel-request.ts', () => import('./fake-cancel.ts'))

/** A leased connection whose statement's caller waits for 300 ms. */
function createRunning(options: WorldOptions = {}): { world: World; client: FakeClient } {
  const timing = { queryTimeoutMs: 300, connectionTimeoutMillis: 60_000 }
  const world = createWorld({ max: 1, ...timing, ...options })
  const client = lease(world)
  client.query('SELECT 1', () => {})
  return { world, client }
}

/** The caller stops waiting, and the next look at what is overdue is due. */
function giveUp(world: World): void {
  world.clock.advance(300)
  world.engine.overdue.pass(world.clock.now())
}

/** The cancel that is on its way. */
function cancel(client: FakeClient, delivered = true): void {
  if (client.onCancel === undefined) throw new Error('no cancel is on its way')
  client.onCancel(delivered)
}

/** How many cancels are asked for from now on. */
function countCancels(client: FakeClient): { count: number } {
  const cancels = { count: 0 }
  client.on('cancel', () => {
    cancels.count += 1
  })
  return cancels
}

describe('a statement that its caller does not wait for any more', () => {
  it('is cancelled by the next sweep', () => {
    const { world, client } = createRunning()
    world.sweeper.start()
    world.clock.advance(499)
    expect(client.onCancel).toBeUndefined()
    world.clock.advance(1)
    expect(client.onCancel).toBeDefined()
  })
  it('is cancelled again while it runs, after pauses of twice the length up to 8 s', () => {
    const { world, client } = createRunning()
    const cancels: number[] = []
    client.on('cancel', () => cancels.push(world.clock.now()))
    world.sweeper.start()
    world.clock.advance(500)
    cancel(client)
    for (let ms = 0; ms < 30_000; ms += 250) {
      world.clock.advance(250)
      client.onCancel?.(true)
    }
    const pauses = cancels.slice(1).map((at, index) => at - (cancels[index] ?? 0))
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000])
  })
  it('is not cancelled again once it has ended, whatever runs then', () => {
    const { world, client } = createRunning()
    world.clock.advance(300)
    client.query('ROLLBACK', () => {})
    const cancels = countCancels(client)
    cancel(client)
    client.refuse('57014', 'ERROR')
    world.clock.advance(60_000)
    expect(cancels.count).toBe(0)
    expect(client.sent).toEqual(['SELECT 1', 'ROLLBACK'])
  })
  it('is cancelled again where no cancel could be sent', () => {
    const { world, client } = createRunning()
    const cancels = countCancels(client)
    giveUp(world)
    client.onUnsent?.()
    expect(cancels.count).toBe(1)
    world.clock.advance(250)
    expect(cancels.count).toBe(2)
  })
  it('is not cancelled again when its connection is lost', () => {
    const { world, client } = createRunning()
    const cancels = countCancels(client)
    giveUp(world)
    cancel(client)
    client.die(reset)
    world.clock.advance(60_000)
    expect(cancels.count).toBe(1)
  })
  it('is left alone while its caller waits', () => {
    const { world, client } = createRunning()
    world.clock.advance(299)
    world.engine.overdue.pass(world.clock.now())
    expect(client.onCancel).toBeUndefined()
  })
  it('is left alone where its caller waits as long as it takes', () => {
    const world = createWorld()
    const client = lease(world)
    client.query('SELECT 1', () => {})
    world.clock.advance(60_000)
    client.query('ROLLBACK', () => {})
    world.engine.overdue.pass(world.clock.now())
    expect(client.onCancel).toBeUndefined()
  })
  it('is cancelled as soon as something is queued behind it', () => {
    const { world, client } = createRunning()
    world.clock.advance(300)
    client.query('ROLLBACK', () => {})
    expect(client.onCancel).toBeDefined()
  })
  it('is cancelled when it is due, where pg was early with its own timer', () => {
    const { world, client } = createRunning()
    world.clock.advance(294)
    client.query('ROLLBACK', () => {})
    client.query('SELECT 1', () => {})
    expect(client.onCancel).toBeUndefined()
    world.clock.advance(6)
    expect(client.onCancel).toBeDefined()
  })
  it('is left to the sweep where it is not due for long', () => {
    const { world, client } = createRunning()
    const { pending } = world.clock
    world.clock.advance(10)
    client.query('SELECT 1', () => {})
    expect(world.clock.pending).toBe(pending)
  })
  it('is not cancelled when it has ended by then', () => {
    const { world, client } = createRunning()
    world.clock.advance(294)
    client.query('ROLLBACK', () => {})
    client.answer()
    client.answer()
    world.clock.advance(6)
    expect(client.onCancel).toBeUndefined()
  })
  it('is not hit when it ends before the cancel is sent, nor is what is behind it', () => {
    const { world, client } = createRunning()
    world.clock.advance(300)
    client.query('ROLLBACK', () => {})
    client.answer()
    client.onReach?.()
    expect(client.onCancel).toBeUndefined()
    client.answer()
    world.release(client)
    expect(world.engine.idleCount).toBe(1) // there is no cancel to be absorbed
  })
  it('is followed by others whose callers wait as long as the last of them', () => {
    const { world, client } = createRunning()
    world.clock.advance(100)
    client.query('SELECT 1', () => {})
    client.connectionParameters.query_timeout = 500
    client.query('SELECT 1', () => {})
    client.connectionParameters.query_timeout = 100
    client.query('SELECT 1', () => {})
    client.answer()
    world.clock.advance(499)
    world.engine.overdue.pass(world.clock.now())
    expect(client.onCancel).toBeUndefined()
    world.clock.advance(1)
    world.engine.overdue.pass(world.clock.now())
    expect(client.onCancel).toBeDefined()
  })
  it('is not cancelled while it is opened, or when its socket is gone', () => {
    const opened: FakeClient[] = []
    const world = createWorld({
      queryTimeoutMs: 300,
      hooks: { onConnect: (client) => new Promise(() => opened.push(client as FakeClient)) },
    })
    world.acquire()
    world.clients[0]?.settleConnect()
    opened[0]?.query('SELECT 1', () => {})
    world.clock.advance(300)
    opened[0]?.query('SELECT 1', () => {})
    expect(opened[0]?.onCancel).toBeUndefined()

    const lost = createRunning()
    lost.client.die(reset)
    lost.world.clock.advance(300)
    lost.world.engine.overdue.pass(lost.world.clock.now())
    expect(lost.client.onCancel).toBeUndefined()
  })
})

describe('a cancel that was asked for while the connection was leased', () => {
  it('is waited for at release, and absorbed before the connection is lent', () => {
    const { world, client } = createRunning()
    const waiter = world.acquire()
    world.clock.advance(300)
    client.query('ROLLBACK', () => {})
    client.refuse('57014', 'ERROR')
    client.answer()
    world.release(client)
    world.clock.advance(100)
    expect(waiter.client).toBeUndefined()
    expect(client.sent).toEqual(['SELECT 1', 'ROLLBACK'])
    cancel(client)
    expect(client.sent.at(-1)).toBe('')
    client.answer()
    expect(waiter.client).toBe(client)
  })
  it('is absorbed at release when it was delivered before', () => {
    const { world, client } = createRunning()
    world.clock.advance(300)
    client.query('ROLLBACK', () => {})
    cancel(client)
    client.refuse('57014', 'ERROR')
    client.answer()
    const waiter = world.acquire()
    world.release(client)
    expect(waiter.client).toBeUndefined()
    client.refuse('57014', 'ERROR') // the empty query
    expect(waiter.client).toBe(client)
  })
  it('stands for that of the cleaning, for the same statement', () => {
    const { world, client } = createRunning()
    const waiter = world.acquire()
    const cancels = countCancels(client)
    giveUp(world)
    world.release(client)
    world.clock.advance(200)
    cancel(client)
    client.refuse('57014', 'ERROR')
    client.answer()
    expect(waiter.client).toBe(client)
    expect(cancels.count).toBe(1)
  })
  it('is repeated while the connection is cleaned, and absorbed by that', () => {
    const { world, client } = createRunning()
    const waiter = world.acquire()
    const cancels = countCancels(client)
    giveUp(world)
    cancel(client)
    world.release(client)
    world.clock.advance(250)
    expect(cancels.count).toBe(2)
    client.refuse('57014', 'ERROR')
    expect(client.sent).toEqual(['SELECT 1'])
    cancel(client)
    expect(client.sent).toEqual(['SELECT 1', ''])
    client.answer()
    expect(waiter.client).toBe(client)
  })
  it('is followed by another where something else runs by the time it is settled', () => {
    const { world, client } = createRunning()
    const waiter = world.acquire()
    const cancels = countCancels(client)
    world.clock.advance(300)
    client.query('SELECT 2', () => {})
    client.answer()
    world.release(client)
    client.onReach?.()
    expect(cancels.count).toBe(2)
    cancel(client)
    client.refuse('57014', 'ERROR')
    client.answer()
    expect(waiter.client).toBe(client)
  })
  it('is followed by another where something else runs by the time it should have worked', () => {
    const { world, client } = createRunning()
    const cancels = countCancels(client)
    world.clock.advance(300)
    client.query('SELECT 2', () => {})
    cancel(client)
    world.release(client)
    world.clock.advance(0)
    client.refuse('57014', 'ERROR')
    world.clock.advance(500)
    expect(cancels.count).toBe(2)
  })
  it('costs the connection when nobody knows what it may hit yet', () => {
    const { world, client } = createRunning()
    const evicted = hear(world, 'connection:evicted')
    world.clock.advance(300)
    client.query('ROLLBACK', () => {})
    client.answer()
    cancel(client, false)
    client.answer()
    expect(evicted).toEqual([])
    world.release(client)
    expect(evicted).toMatchObject([{ cause: 'busy' }])
  })
})

describe('a pool.query that its caller does not wait for any more', () => {
  it('is cancelled at once, without the grace of what is still wanted', () => {
    const { world, client } = createRunning()
    world.clock.advance(299)
    world.release(client)
    world.clock.advance(0)
    expect(client.onCancel).toBeUndefined()
    world.clock.advance(1)
    expect(client.onCancel).toBeDefined()
  })
})

describe('a connection that is closed under a statement', () => {
  it('has it cancelled when its caller does not wait for it any more', () => {
    const { world, client } = createRunning()
    const cancels = countCancels(client)
    world.clock.advance(299)
    world.release(client, new Error('Query read timeout'))
    expect(cancels.count).toBe(1)
    expect(client.isDead).toBe(true)
    cancel(client)
  })
  it('has it left alone while somebody may wait for what it does', () => {
    const { world, client } = createRunning()
    const cancels = countCancels(client)
    world.clock.advance(200)
    world.release(client, new Error('a change of mind'))
    expect(cancels.count).toBe(0)
  })
  it('has it left alone when nothing runs, a cancel is on its way, or the server may be gone', () => {
    const idle = createRunning()
    idle.client.answer()
    const sent = createRunning()
    const lost = createRunning()
    for (const { world } of [idle, sent, lost]) world.clock.advance(300)
    sent.world.engine.overdue.pass(sent.world.clock.now())
    connectionOf(lost.world, lost.client).condemn('unresponsive')
    const cancels = [idle, sent, lost].map(({ client }) => countCancels(client))
    for (const { world, client } of [idle, sent, lost]) world.release(client, new Error('gone'))
    expect(cancels.map(({ count }) => count)).toEqual([0, 0, 0])
  })
})

describe('a statement that its holder has cancelled', () => {
  it('is cancelled at once, and told of when that is settled', () => {
    const { world, client } = createRunning()
    const done = vi.fn()
    world.engine.overdue.cancel(connectionOf(world, client), done)
    expect(done).not.toHaveBeenCalled()
    cancel(client)
    expect(done).toHaveBeenCalledOnce()
    expect(connectionOf(world, client).state).toBe('leased')
  })
  it('is told of at once where nothing runs', () => {
    const world = createWorld()
    const client = lease(world)
    const done = vi.fn()
    world.engine.overdue.cancel(connectionOf(world, client), done)
    expect(done).toHaveBeenCalledOnce()
    expect(client.onCancel).toBeUndefined()
  })
  it('is not cancelled more often when that is asked for again', () => {
    const { world, client } = createRunning()
    const cancels = countCancels(client)
    const connection = connectionOf(world, client)
    world.engine.overdue.cancel(connection, () => {})
    cancel(client)
    world.engine.overdue.cancel(connection, () => {})
    expect(cancels.count).toBe(1)
  })
  it('costs the connection where the cancel may still hit anything', () => {
    const { world, client } = createRunning()
    const connection = connectionOf(world, client)
    world.engine.overdue.cancel(connection, () => {})
    cancel(client, false)
    expect(connection.condemnedFor).toBe('busy')
  })
})
