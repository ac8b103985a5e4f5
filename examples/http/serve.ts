import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'

export interface RunningServer {
  readonly server: Server
  /** Settles once SIGTERM has come, the requests under way are answered, and `close` is done. */
  readonly stopped: Promise<void>
}

/** Serves on `port`, 0 for any, until SIGTERM. `close` then ends what the requests needed. */
export async function serve(
  listener: RequestListener,
  port: number,
  close: () => Promise<void>,
): Promise<RunningServer> {
  const server = createServer(listener)
  await once(server.listen(port), 'listening')
  const stopped = once(process, 'SIGTERM').then(async () => {
    const closed = once(server, 'close')
    server.close()
    const timer = setTimeout(() => server.closeAllConnections(), 10_000)
    await closed
    clearTimeout(timer)
    await close() // not before: whoever is still answered needs the pool
  })
  return { server, stopped }
}
