import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on loopback for one test. */
export interface TestServer extends AsyncDisposable {
  readonly url: URL
  readonly port: number
}

export async function serve(listener: RequestListener, port: number = 0): Promise<TestServer> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const bound = (server.address() as AddressInfo).port
  return {
    url: new URL(`http://127.0.0.1:${bound}/hale/`),
    port: bound,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
