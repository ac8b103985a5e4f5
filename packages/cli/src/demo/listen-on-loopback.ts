import { once } from 'node:events'
import type { Server } from 'node:net'

/** Listens on 127.0.0.1; gives back the port, which is a free one unless one is asked for. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  server.listen({ host: '127.0.0.1', port })
  await once(server, 'listening') // rejects at 'error'
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
