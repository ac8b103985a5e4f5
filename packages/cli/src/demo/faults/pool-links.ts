import { setTimeout as pause } from 'node:timers/promises'
import type { HealthAwarePool } from '@hale/pg'
import type pg from 'pg'
import type { WireLink } from '../proxy/wire-link.ts'
import type { WireProxy } from '../proxy/wire-proxy.ts'
import { FaultRefusedError } from './fault.ts'

/** One connection of a pool and its link through the proxy. */
export interface Victim {
  readonly connectionId: number
  readonly processId: number
  readonly link: WireLink
}

/** What pg has on its clients and leaves out of its types. */
interface OpenedClient {
  readonly processID?: number
  readonly connection?: { readonly stream?: { readonly localPort?: number } }
}

/** Traffic is watched for so long, to find the connection that carries most of it, ms. */
const WATCH_MS = 300

/**
 * Knows which link of the proxy carries which connection of a pool: by the port of the client's socket, since
 * the wire may be encrypted.
 */
export class PoolLinks {
  readonly #proxy: WireProxy
  readonly #pool: HealthAwarePool
  readonly #portOf: Map<number, number> = new Map()

  /** To be made before the pool opens its first connection. */
  constructor(proxy: WireProxy, pool: HealthAwarePool) {
    this.#proxy = proxy
    this.#pool = pool
    pool.on('connect', (client) => {
      const { processID, connection } = client as OpenedClient & pg.PoolClient
      const port = connection?.stream?.localPort
      if (processID !== undefined && port !== undefined) this.#portOf.set(processID, port)
    })
    pool.on('remove', (client) => {
      const { processID } = client as OpenedClient & pg.PoolClient
      if (processID !== undefined) this.#portOf.delete(processID)
    })
  }

  /**
   * The connection that carries the most right now.
   *
   * @throws {FaultRefusedError} where the pool has no connection
   */
  async busiest(): Promise<Victim> {
    const before = new Map(this.#proxy.links.map((link) => [link, link.downBytes]))
    await pause(WATCH_MS)
    const traffic = (victim: Victim): number =>
      victim.link.downBytes - (before.get(victim.link) ?? victim.link.downBytes)
    const [busiest] = this.victims().sort((a, b) => traffic(b) - traffic(a))
    if (busiest === undefined)
      throw new FaultRefusedError('The pool has no connection at the moment.')
    return busiest
  }

  /** Every connection of the pool that can be struck. */
  victims(): Victim[] {
    const linkOf = new Map(this.#proxy.links.map((link) => [link.clientPort, link]))
    return this.#pool
      .snapshot()
      .connections.flatMap(({ connectionId, processId, condemnedFor }) => {
        const port = processId === undefined ? undefined : this.#portOf.get(processId)
        const link = port === undefined ? undefined : linkOf.get(port)
        if (processId === undefined || link === undefined || condemnedFor !== undefined) return []
        return [{ connectionId, processId, link }]
      })
  }
}
