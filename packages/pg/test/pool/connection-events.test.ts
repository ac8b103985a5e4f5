import { ConnectionHealthMetrics, ConnectionHealthMonitor, classifyFault } from '@hale/core'
import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { resolvePoolOptions } from '../../src/options.ts'
import { Connection } from '../../src/pool/connection.ts'
import {
  publishClosed,
  publishCondemned,
  publishLeased,
  publishOpened,
  publishOpenFailed,
  publishProbed,
  publishRecycled,
  publishReleased,
} from '../../src/pool/connection-events.ts'
import { transition } from '../../src/pool/connection-state.ts'
import { Incident } from '../../src/pool/incident.ts'
import { createWorld, type World } from './engine-world.ts'
import { FakeClient } from './fake-client.ts'
import { clientAt, connectionOf, hear, lease, refused, reset, warm } from './world-steps.ts'

function hearConnections(world: World): { type: string }[] {
  return hear(
    world,
    'connection:opened',
    'connection:open-failed',
    'connection:leased',
    'connection:released',
    'connection:condemned',
    'connection:probed',
    'connection:retired',
    'connection:evicted',
    'connection:closed',
  )
}

describe('a connection', () => {
  it('tells of its life in order', () => {
    const world = createWorld({ max: 1 })
    const told = hearConnections(world)
    const caller = world.acquire()
    world.clock.advance(5)
    clientAt(world, 0).settleConnect()
    world.clock.advance(10)
    const { client } = caller
    if (client !== undefined) world.release(client)
    world.end()
    expect(told).toMatchObject([
      { type: 'connection:opened', connectionId: 1, openMs: 5, processId: 0 },
      { type: 'connection:leased', connectionId: 1, waitedMs: 5, waiterId: 1 },
      { type: 'connection:released', connectionId: 1, leasedMs: 10 },
      { type: 'connection:retired', connectionId: 1, cause: 'pool-closed', ageMs: 10 },
      { type: 'connection:closed', connectionId: 1, cause: 'pool-closed', hard: false },
    ])
    expect(world.events).toEqual(['connect', 'acquire', 'release', 'remove'])
  })
  it('is told with the name under which its caller was queued, if it was', () => {
    const world = createWorld({ max: 1 })
    const told = hear(world, 'acquire:queued', 'connection:leased', 'acquire:timed-out')
    const first = lease(world)
    world.acquire()
    world.acquire()
    world.release(first)
    world.clock.advance(world.options.connectionTimeoutMillis)
    expect(
      told.map((event) => ('waiterId' in event ? [event.type, event.waiterId] : event)),
    ).toEqual([
      ['acquire:queued', 1],
      ['connection:leased', 1],
      ['acquire:queued', 2],
      ['acquire:queued', 3],
      ['connection:leased', 2],
      ['acquire:timed-out', 3],
    ])
  })
  it('has no process id where its client tells none', () => {
    const world = createWorld({
      onCreate: (client) => void Object.assign(client, { processID: null }),
    })
    const told = hearConnections(world)
    lease(world)
    expect(told[0]).toMatchObject({ type: 'connection:opened', processId: undefined })
  })
  it('tells that it could not be opened', () => {
    const world = createWorld({ max: 1 })
    const told = hearConnections(world)
    world.acquire()
    world.clock.advance(5)
    clientAt(world, 0).settleConnect(refused)
    expect(told).toMatchObject([
      { type: 'connection:open-failed', openMs: 5, fault: { kind: 'connection_refused' } },
    ])
  })
  it('tells that it is condemned while it is held, and evicted when it goes', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    const told = hearConnections(world)
    client.die(reset)
    world.release(client)
    expect(told).toMatchObject([
      { type: 'connection:condemned', cause: 'lost' },
      { type: 'connection:released' },
      { type: 'connection:evicted', cause: 'lost' },
      { type: 'connection:closed', cause: 'lost' },
    ])
  })
  it('tells of probes, answered or not', () => {
    const world = createWorld({ max: 1, health: { probeTimeoutMs: 1_000 } })
    const [client] = warm(world, 1)
    const told = hear(world, 'connection:probed')
    world.port.probe(1)
    world.clock.advance(3)
    client?.answer()
    world.port.probe(1)
    world.clock.advance(1_000)
    expect(told).toMatchObject([
      { ok: true, rttMs: 3 },
      { ok: false, rttMs: undefined },
    ])
  })
  it('is put into no event that nobody hears', () => {
    const monitor = new ConnectionHealthMonitor({
      clock: createFakeClock(),
      health: resolvePoolOptions({}).health,
    })
    monitor.publish = () => {
      throw new Error('nobody listens')
    }
    const connection = new Connection(1, new FakeClient(), monitor.track(1), new Incident(), 0)
    publishOpened(monitor, connection, 0)
    publishOpenFailed(monitor, connection, classifyFault(refused), 0)
    publishLeased(monitor, connection, 0, undefined, 0)
    publishReleased(monitor, connection, 0)
    publishProbed(monitor, connection, undefined, 0)
    publishCondemned(monitor, connection, 'idle', 0)
    publishRecycled(monitor, connection, 'idle', 0)
    publishRecycled(monitor, connection, 'lost', 0)
    publishClosed(monitor, connection, { cause: 'idle', hard: false }, 0)
  })
  it('knows how many bytes went over its wire, where its client does', () => {
    const client = new FakeClient()
    const metrics = new ConnectionHealthMetrics(createFakeClock())
    const connection = new Connection(1, client, metrics, new Incident(), 0)
    expect([connection.receivedBytes, connection.sentBytes]).toEqual([0, 0])
    Object.assign(client.connection.stream, { bytesRead: 7, bytesWritten: 5 })
    expect([connection.receivedBytes, connection.sentBytes]).toEqual([7, 5])
    connection.wire.writtenBefore = 2
    expect(connection.unsentBytes).toBe(3)
  })
  it('knows since when its transaction is open', () => {
    const world = createWorld()
    const client = lease(world)
    const connection = connectionOf(world, client)
    expect(connection.transactionSince).toBeUndefined()
    client.query('BEGIN', () => {})
    client.answer()
    expect(connection.transactionSince).toBe(world.clock.now())
  })
  it('keeps its first cause', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    const told = hearConnections(world)
    const connection = connectionOf(world, client)
    world.engine.condemn(connection, 'operator')
    world.engine.condemn(connection, 'latency')
    world.release(client)
    expect(told.filter(({ type }) => type === 'connection:condemned')).toHaveLength(1)
    expect(told.at(-1)).toMatchObject({ type: 'connection:closed', cause: 'operator' })
    world.engine.condemn(connection, 'latency') // it is gone: nothing happens
    expect(told.at(-1)).toMatchObject({ cause: 'operator' })
  })
  it('never leaves the table of its states', () => {
    expect(transition('idle', 'leased')).toBe('leased')
    expect(() => transition('closed', 'idle')).toThrow('bug: connection closed → idle')
  })
})
