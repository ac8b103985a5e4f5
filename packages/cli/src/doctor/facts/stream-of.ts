import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type pg from 'pg'

/** What pg keeps of a connection and does not type. */
interface OpenClient {
  readonly connection: EventEmitter & { readonly stream: Socket }
}

/** Tells, among other things, when TLS begins. */
export function connectionOf(client: pg.Client): EventEmitter {
  return (client as unknown as OpenClient).connection
}

/** The socket, and from when TLS has begun on, what stands on it. */
export function streamOf(client: pg.Client): Socket {
  return (client as unknown as OpenClient).connection.stream
}
