import type { ConnectionHealthMonitor } from '@hale/core'
import type { Connection } from '../../src/pool/connection.ts'
import type { Holder } from '../../src/pool/holder.ts'
import type { ServerRole } from '../../src/pool/roles.ts'
import type { Caller, World } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'

/** Nobody listens there: as while a server restarts. */
export const refused: Error = Object.assign(new Error('connect ECONNREFUSED'), {
  code: 'ECONNREFUSED',
})
/** No use to try again. */
export const badPassword: Error = Object.assign(new Error('password authentication failed'), {
  code: '28P01',
  severity: 'FATAL',
})
/** A socket breaks. */
export const reset: Error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })

/** A caller with a connection of its own. */
export function lease(world: World, holder?: Holder): FakeClient {
  const caller = world.acquire(holder)
  if (caller.client === undefined) connecting(world)[0]?.settleConnect()
  if (caller.client === undefined) world.clients.find((each) => each.isProbed)?.answer()
  return clientOf(caller)
}

/** Leases as the application does: whoever asks is noted. */
export function leaseNoted(world: World): FakeClient {
  return lease(world, world.acquiring.note(leaseNoted))
}

/** Lends `count` connections and takes them all back, so that they are idle and trusted. */
export function warm(world: World, count: number): FakeClient[] {
  const clients = Array.from({ length: count }, () => lease(world))
  for (const client of clients) world.release(client)
  return clients
}

export function clientOf(caller: Caller): FakeClient {
  if (caller.client === undefined) throw new Error(`caller ${caller.number} has no connection`)
  return caller.client
}

/** The client of that opening; without it, comparing with a caller that has none would prove nothing. */
export function clientAt(world: World, index: number): FakeClient {
  const client = world.clients[index]
  if (client === undefined) throw new Error(`there were ${world.clients.length} openings`)
  return client
}

/** Those that the server has neither accepted nor refused. */
export function connecting(world: World): FakeClient[] {
  return world.clients.filter((client) => client.isConnecting)
}

/** The server refuses every opening as it begins, for `ms`. */
export function refuseFor(world: World, ms: number, error: Error = refused): void {
  for (let passed = 0; passed < ms; passed += 10) {
    for (const client of connecting(world)) client.settleConnect(error)
    world.clock.advance(10)
  }
}

/** The connection of a client that takes a slot. */
export function connectionOf(world: World, client: FakeClient | undefined): Connection {
  for (const connection of world.engine.connections()) {
    if (connection.client === client) return connection
  }
  throw new Error('it takes no slot')
}

/** The server of `role` takes the connection, and says what it is. */
export function acceptAs(client: FakeClient | undefined, role: ServerRole): void {
  if (client === undefined) throw new Error('nothing is connecting')
  client.tellsRole = true
  client.role = role
  client.settleConnect()
}

/** The hosts that were dialled so far. */
export function dialled({ clients }: World): (string | undefined)[] {
  return clients.map(({ host }) => host)
}

/** Types of the issues that hold now. */
export function openIssues({ monitor }: World): string[] {
  return monitor.openIssues().map(({ type }) => type)
}

type Events = Parameters<ConnectionHealthMonitor['on']>
type EventName = Events[0]

/** The events of these types that are published from now on. */
export function hear({ monitor }: World, ...types: EventName[]): { type: string }[] {
  const heard: { type: string }[] = []
  for (const type of types) monitor.on(type, (event: { type: string }) => void heard.push(event))
  return heard
}
