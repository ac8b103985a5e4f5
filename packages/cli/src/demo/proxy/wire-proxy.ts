import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'
import { listenOnLoopback } from '../listen-on-loopback.ts'
import { WireLink } from './wire-link.ts'

/** Where PostgreSQL listens: a host, or the folder of its Unix socket. */
export interface WireTarget {
  readonly host: string
  readonly port: number
}

/** A TCP proxy on loopback that breaks connections on request; reads no byte of what it passes on. */
export class WireProxy {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly #server: Server
  readonly #links: Set<WireLink> = new Set()
  #delayMs = 0

  /** Listens on a free port, and passes on to `target`. */
  static async start(target: WireTarget): Promise<WireProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    return new WireProxy(server, await listenOnLoopback(server), target)
  }

  private constructor(server: Server, port: number, target: WireTarget) {
    this.#server = server
    this.port = port
    server.on('connection', (client) => this.#accept(client, upstreamOf(target)))
  }

  /** The links that are open, oldest first. */
  get links(): readonly WireLink[] {
    return [...this.#links]
  }

  /** Adds `ms` to each round trip of every link, and of each that comes. */
  delayAll(ms: number): void {
    this.#delayMs = ms
    for (const link of this.#links) link.delay(ms)
  }

  /** Ends all that was done to links. */
  restore(): void {
    this.#delayMs = 0
    for (const link of this.#links) link.restore()
  }

  /** Stops listening and destroys every link. */
  async close(): Promise<void> {
    const isClosed = new Promise((resolve) => this.#server.close(resolve))
    for (const link of this.#links) link.close()
    await isClosed
  }

  #accept(client: Socket, target: NetConnectOpts): void {
    const upstream = connect(target).setNoDelay()
    const link = new WireLink(client, upstream, { isFrozen: false, delayMs: this.#delayMs / 2 })
    this.#links.add(link)
    const forget = (): void => {
      if (client.destroyed && upstream.destroyed) this.#links.delete(link)
    }
    client.on('close', forget)
    upstream.on('close', forget)
  }
}

function upstreamOf({ host, port }: WireTarget): NetConnectOpts {
  const isFolder = host.startsWith('/')
  const address = isFolder ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
  return { ...address, allowHalfOpen: true }
}
