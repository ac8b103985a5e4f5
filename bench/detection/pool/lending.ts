import type { World } from '../world/world.ts'
import type { SimulatedConnection } from './simulated-connection.ts'

/**
 * What a caller wants: a fingerprint to begin with, from `heavyTenant` on for the tenant whose rows
 * are heavy, or one of these.
 */
export const longLease = -1
export const pinnedLease = -2
export const heavyTenant = 1_000

/** Callers that may wait per connection; more than that and the application sheds load. */
const waitersPerConnection = 20

/** These callers are lent one connection whenever it is free, and no others are. */
export interface RoutingSkew {
  connection: SimulatedConnection
  readonly isHeavy: (request: number) => boolean
}

/** Who is lent what: the idle connections, and the callers that wait for one. */
export class Lending {
  // Invariants: every connection here is `idle`; while callers wait, none is.
  skew: RoutingSkew | undefined
  shed = 0
  readonly #world: World
  readonly #begin: (connection: SimulatedConnection, request: number) => void
  readonly #idle: SimulatedConnection[] = []
  readonly #waiting: Int32Array
  #firstWaiting = 0
  #waitingCount = 0

  constructor(world: World, begin: (connection: SimulatedConnection, request: number) => void) {
    this.#world = world
    this.#begin = begin
    this.#waiting = new Int32Array(waitersPerConnection * world.connections)
  }

  get waitingCount(): number {
    return this.#waitingCount
  }

  /** A caller comes. */
  request(request: number): void {
    const connection = this.#take(request)
    if (connection !== undefined) this.#begin(connection, request)
    else if (this.#waitingCount === this.#waiting.length) this.shed += 1
    else {
      const at = (this.#firstWaiting + this.#waitingCount) % this.#waiting.length
      this.#waiting[at] = request
      this.#waitingCount += 1
    }
  }

  /** Serves the first caller that waits; `false` when nobody does. */
  serveFirst(connection: SimulatedConnection): boolean {
    if (this.#waitingCount === 0) return false
    const request = this.#waiting[this.#firstWaiting] as number
    this.#firstWaiting = (this.#firstWaiting + 1) % this.#waiting.length
    this.#waitingCount -= 1
    this.#begin(connection, request)
    return true
  }

  add(connection: SimulatedConnection): void {
    this.#idle.push(connection)
  }

  remove(connection: SimulatedConnection): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  #take(request: number): SimulatedConnection | undefined {
    const idle = this.#idle
    if (this.skew !== undefined) return this.#takeSkewed(this.skew, request)
    if (this.#world.isLifo || idle.length < 2) return idle.pop()
    return this.#takeAt(this.#world.random.below(idle.length))
  }

  #takeSkewed(skew: RoutingSkew, request: number): SimulatedConnection | undefined {
    const idle = this.#idle
    if (skew.connection.state === 'closed') skew.connection = idle[0] ?? skew.connection
    const at = idle.indexOf(skew.connection)
    if (at < 0 || idle.length < 2) return idle.pop()
    const last = idle.length - 1
    if (skew.isHeavy(request)) return this.#takeAt(at)
    return this.#takeAt(at === last ? last - 1 : last)
  }

  #takeAt(index: number): SimulatedConnection | undefined {
    const taken = this.#idle[index]
    const last = this.#idle.pop()
    if (last !== undefined && last !== taken) this.#idle[index] = last
    return taken
  }
}
