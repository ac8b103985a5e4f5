import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on loopback, for as long as a scope lasts. */
export interface WebServer extends AsyncDisposable {
  readonly port: number
  /** Without a slash at its end. */
  readonly origin: string
}

export async function startWebServer(listener: http.RequestListener): Promise<WebServer> {
  const server = http.createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
