import { connect, createServer, type Server, type Socket } from 'node:net'
import { createSeededRandom } from '../seeded-random.ts'
import { type FaultLink, ProxyLink } from './fault-link.ts'
import type { AllLinkFaults } from './link-faults.ts'
import type { StatementCounts } from './protocol-tap.ts'
import { ProxyFaults } from './proxy-faults.ts'

/** Where a PostgreSQL server listens. */
export interface ProxyUpstream {
  readonly host: string
  readonly port: number
}

/** Options of `createFaultProxy`. */
export interface FaultProxyOptions {
  /**
   * Gets the SQL text of each simple query and of each Parse message that a client sends, before it
   * is passed on, and even if it never is. Plain text connections only.
   */
  readonly onStatement?: (link: FaultLink, text: string) => void
  /** Draws the jitter. @default a generator seeded with 1 */
  readonly random?: () => number
}

/** Sums over all links that ever were. */
export interface FaultProxyCounters extends StatementCounts {
  accepted: number
  /** Accepted and reset at once, by `all.refuse`. What `refuse` turns away cannot be counted. */
  refused: number
  cancelRequests: number
  bytesUp: number
  bytesDown: number
}

/** A TCP proxy on 127.0.0.1 in front of PostgreSQL that breaks connections on request. */
export interface FaultProxy {
  readonly host: string
  readonly port: number
  /** `base` with the proxy's host and port. */
  connectionString(base: string): string
  /** The links that are open, oldest first. */
  readonly links: readonly FaultLink[]
  /** The open link of the backend with this pid. */
  link(processId: number): FaultLink | undefined
  readonly all: AllLinkFaults
  /** Closes the listening socket, so that clients get ECONNREFUSED; `false` listens on the same port again. */
  refuse(on?: boolean): Promise<void>
  /** Where new links go from now on. */
  setUpstream(upstream: ProxyUpstream): void
  readonly counters: Readonly<FaultProxyCounters>
  /** Stops listening and destroys every link. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a proxy in front of `upstream` on a free port. */
export async function createFaultProxy(
  upstream: ProxyUpstream,
  options: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const proxy = new TcpFaultProxy(upstream, options)
  await proxy.listen()
  return proxy
}

class TcpFaultProxy implements FaultProxy {
  // `server` is set while the proxy listens. `port` is 0 before the first time and fixed after it.
  readonly host = '127.0.0.1'
  port = 0
  readonly #options: FaultProxyOptions
  readonly #random: () => number
  readonly #links: Set<ProxyLink> = new Set()
  readonly #faults: ProxyFaults
  readonly #counters: Omit<FaultProxyCounters, keyof StatementCounts> = {
    accepted: 0,
    refused: 0,
    cancelRequests: 0,
    bytesUp: 0,
    bytesDown: 0,
  }
  readonly #closedStatements: StatementCounts = { query: 0, parse: 0, bind: 0, execute: 0 }
  #upstream: ProxyUpstream
  #server: Server | undefined
  #nextId = 1

  constructor(upstream: ProxyUpstream, options: FaultProxyOptions) {
    this.#upstream = addressOf(upstream)
    this.#options = options
    this.#random = options.random ?? createSeededRandom(1)
    this.#faults = new ProxyFaults(() => [...this.#links])
  }

  get links(): readonly FaultLink[] {
    return [...this.#links]
  }
  get all(): AllLinkFaults {
    return this.#faults
  }
  get counters(): Readonly<FaultProxyCounters> {
    const totals = { ...this.#closedStatements }
    for (const link of this.#links) addStatements(totals, link.statements)
    return { ...this.#counters, ...totals }
  }

  connectionString(base: string): string {
    const url = new URL(base)
    url.hostname = this.host
    url.port = String(this.port)
    for (const name of ['host', 'port'])
      if (url.searchParams.has(name)) url.searchParams.delete(name)
    return url.href
  }

  link(processId: number): FaultLink | undefined {
    return [...this.#links].findLast((link) => link.processId === processId)
  }

  setUpstream(upstream: ProxyUpstream): void {
    this.#upstream = addressOf(upstream)
  }

  async refuse(on = true): Promise<void> {
    if (!on) return this.listen()
    this.#server?.close()
    this.#server = undefined
    await new Promise((resolve) => setImmediate(resolve)) // by then the socket is closed
  }

  async close(): Promise<void> {
    await this.refuse()
    for (const link of this.#links) link.close()
    while (this.#links.size > 0) await new Promise((resolve) => setImmediate(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async listen(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
      this.#accept(client),
    )
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        this.#server = undefined
        reject(error)
      })
      server.listen({ host: this.host, port: this.port, backlog: 1_024 }, resolve)
    })
    server.on('error', () => {}) // failing to accept one connection concerns only that one
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
  }

  #accept(client: Socket): void {
    this.#counters.accepted++
    if (this.#faults.isRefusing) {
      this.#counters.refused++
      client.on('error', () => {})
      client.resetAndDestroy()
      return
    }
    const { host, port } = this.#upstream
    const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true })
    const link: ProxyLink = new ProxyLink(
      this.#nextId++,
      { client, upstream },
      {
        onStatement: (text) => this.#options.onStatement?.(link, text),
        onCancelRequest: () => this.#counters.cancelRequests++,
        onPassed: (direction, bytes) => {
          this.#counters[direction === 'up' ? 'bytesUp' : 'bytesDown'] += bytes
        },
        onClosed: () => this.#forget(link),
      },
      { initial: this.#faults.initial, random: this.#random },
    )
    this.#links.add(link)
  }

  #forget(link: ProxyLink): void {
    this.#links.delete(link)
    addStatements(this.#closedStatements, link.statements)
  }
}

/** A copy, because an upstream is often an object that knows more and changes. */
function addressOf({ host, port }: ProxyUpstream): ProxyUpstream {
  return { host, port }
}

function addStatements(totals: StatementCounts, more: Readonly<StatementCounts>): void {
  totals.query += more.query
  totals.parse += more.parse
  totals.bind += more.bind
  totals.execute += more.execute
}
