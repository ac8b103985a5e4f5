import type { Socket } from 'node:net'
import { WirePipe, type WireRules } from './wire-pipe.ts'

/** One client's connection through the proxy, with what can be done to it. */
export class WireLink {
  /** The port that the client's socket is bound to, by which it knows itself. */
  readonly clientPort: number | undefined
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #rules: WireRules
  readonly #up: WirePipe
  readonly #down: WirePipe

  constructor(client: Socket, upstream: Socket, rules: WireRules) {
    this.clientPort = client.remotePort
    this.#client = client
    this.#upstream = upstream
    this.#rules = rules
    this.#up = new WirePipe(client, upstream, rules)
    this.#down = new WirePipe(upstream, client, rules)
    for (const socket of [client, upstream]) socket.on('error', () => {}) // 'close' follows
    // No FIN passes a frozen link, so its backend would keep its locks until the server's keepalive ends it
    // hours later; one link that went silent is to hurt nobody else.
    const endFrozen = (): void => {
      if (this.#rules.isFrozen) this.close()
    }
    client.on('end', endFrozen)
    client.on('close', endFrozen)
  }

  /** Bytes passed on to the client. */
  get downBytes(): number {
    return this.#down.passedBytes
  }

  /** Adds `ms` to each round trip, half of it each way; 0 for none. */
  delay(ms: number): void {
    this.#rules.delayMs = ms / 2
    this.#pump()
  }

  /** Passes nothing any more, either way: no byte and no end. What arrives waits. */
  freeze(): void {
    this.#rules.isFrozen = true
  }

  /** Ends both, and passes what has waited. */
  restore(): void {
    this.#rules.isFrozen = false
    this.delay(0)
  }

  /** Destroys both ends and forgets what waits. */
  close(): void {
    this.#up.close()
    this.#down.close()
    this.#client.destroy()
    this.#upstream.destroy()
  }

  #pump(): void {
    this.#up.pump()
    this.#down.pump()
  }
}
