import { type ConnectionFault, faultOf } from '../pool/connection-fault.ts'
import { heavyTenant, pinnedLease } from '../pool/lending.ts'
import type { Pool } from '../pool/pool.ts'
import type { SimulatedConnection } from '../pool/simulated-connection.ts'
import type { Recorder } from '../runner/recorder.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'

/** What a scenario may do to the world; it does nothing else to it, so that no fault is unlabelled. */
export class Stage {
  readonly world: World
  readonly #pool: Pool
  readonly #recorder: Recorder
  readonly #schedule: (delayMs: number, action: () => void) => void

  constructor(parts: {
    readonly world: World
    readonly pool: Pool
    readonly recorder: Recorder
    readonly schedule: (delayMs: number, action: () => void) => void
  }) {
    this.world = parts.world
    this.#pool = parts.pool
    this.#recorder = parts.recorder
    this.#schedule = parts.schedule
  }

  get fate(): Random {
    return this.world.fate
  }

  after(delayMs: number, action: () => void): void {
    this.#schedule(delayMs, action)
  }

  /** `count` connections turn faulty, each of them as likely as any other; gives back their ids. */
  breakConnections(count: number, fault: Partial<ConnectionFault>): readonly number[] {
    const picked = this.#pick(count)
    for (const connection of picked) this.#break(connection, fault)
    return picked.map(({ id }) => id)
  }

  /** The connection that is sent the next statement never answers it. */
  blackHole(): void {
    this.#pool.traffic.onNextStatement = (connection) => {
      if (connection.isLeaving) this.blackHole()
      else this.#break(connection, { isBlackHole: true })
    }
  }

  /** From now on every backend gets slower with what it does; `typicalMs` until ×2.5 at mean load. */
  ageBackends(typicalMs: number): void {
    const { slots, traffic } = this.#pool
    const perMs = traffic.statements / this.world.now / slots.length
    const growth = 1.5 / (perMs * typicalMs)
    this.#pool.ageingPerStatement = growth
    for (const connection of slots) connection.ageingPerStatement = growth
    this.#recorder.poolFaultBegan(this.world.now)
  }

  /** Heavy statements go to one sound connection whenever it is free, and no others do. */
  skewRouting(): void {
    const { workload } = this.world
    const indices = Array.from({ length: workload.fingerprints }, (_, index) => index)
    const heavy = new Set(indices.filter((index) => (workload.mediansMs[index] ?? 0) > 20))
    this.#skewTo((request) => heavy.has(request))
  }

  /** The rows of one tenant are `factor` times heavier, and its callers stick to one connection. */
  stickTenant(factor: number): void {
    const { traffic, slots } = this.#pool
    traffic.heavyTenantRatio = 1 / slots.length
    traffic.heavyTenantFactor = factor
    this.#skewTo((request) => request >= heavyTenant)
  }

  /** Sound connections are not quite alike: their backends and links differ a little from now on. */
  makeUneven(factorSigma: number, linkMs: number): void {
    this.#pool.makeUneven(() => {
      const factor = Math.exp(factorSigma * this.fate.normal())
      return faultOf({ factor, linkMs: linkMs * this.fate.next() })
    })
  }

  /** A caller takes the next free connection for itself and works on heavy rows for so long. */
  pinTenant(pinnedMs: number): void {
    this.#pool.traffic.pinnedMs = pinnedMs
    this.#pool.lending.request(pinnedLease)
  }

  /** Some fingerprints; none of them those that hardly ever run. */
  pickFingerprints(share: number): readonly number[] {
    const { workload } = this.world
    const indices = Array.from({ length: workload.fingerprints }, (_, index) => index)
    const common = indices.filter((index) => workload.shareOf(index) > 0.002)
    const count = Math.max(1, Math.round(share * common.length))
    return shuffled(common, this.fate).slice(0, count)
  }

  /** Statements per ms of the pool so far. */
  get statementsPerMs(): number {
    return this.#pool.traffic.statements / this.world.now
  }

  /** A sound connection is retired: the one that has been there for longest. */
  retireOldest(): void {
    const [oldest] = this.#pool.slots
      .filter(({ isLeaving, state }) => !isLeaving && state !== 'opening')
      .toSorted((a, b) => a.openedAt - b.openedAt)
    if (oldest !== undefined) this.#pool.replace(oldest, 'lifetime')
  }

  /** Every socket dies, and everybody knows it. */
  loseAll(): void {
    for (const connection of [...this.#pool.slots]) this.#pool.evictNow(connection, 'lost')
  }

  #skewTo(isHeavy: (request: number) => boolean): void {
    const [connection] = this.#pick(1)
    if (connection !== undefined) this.#pool.lending.skew = { connection, isHeavy }
  }

  #break(connection: SimulatedConnection, fault: Partial<ConnectionFault>): void {
    connection.beginFault(faultOf(fault), this.world.now)
    this.#recorder.faultBegan(connection, this.world.now)
  }

  #pick(count: number): readonly SimulatedConnection[] {
    const { slots } = this.#pool
    const there = slots.filter(({ isLeaving, state }) => !isLeaving && state !== 'opening')
    return shuffled(there, this.fate).slice(0, count)
  }
}

function shuffled<Item>(items: readonly Item[], random: Random): readonly Item[] {
  const keyed = items.map((item) => ({ item, key: random.next() }))
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item)
}
