import { eventKinds } from './event-queue.ts'
import { Random } from './random.ts'
import type { World } from './world.ts'

/** How often the mix of statements moves. */
const driftEveryMs = 60_000

/** What happens in every run and is no connection's fault. */
export class Nuisances {
  /** Our own event loop sees nothing before this instant. */
  stalledUntil = Number.NEGATIVE_INFINITY
  readonly #world: World
  readonly #random: Random
  readonly #driftRandom: Random

  constructor(world: World, seed: number) {
    this.#world = world
    this.#random = new Random(seed, 'nuisances')
    this.#driftRandom = new Random(seed, 'drift')
  }

  begin(): void {
    const world = this.#world
    world.schedule(this.#random.between(5_000, 60_000), eventKinds.stall)
    world.schedule(this.#random.between(20_000, 200_000), eventKinds.checkpoint)
    world.schedule(world.arrivals.toggleBurst(), eventKinds.burst)
    world.schedule(driftEveryMs, eventKinds.mixDrift)
  }

  /** Garbage collection, or a callback that computes: every answer waits. */
  stall(): number {
    const lengthMs = this.#random.between(50, 300)
    this.stalledUntil = this.#world.now + lengthMs
    this.#world.schedule(lengthMs + this.#random.between(10_000, 60_000), eventKinds.stall)
    return lengthMs
  }

  /** A checkpoint begins or ends: the disks are busy for all backends. */
  toggleCheckpoint(): void {
    const { server } = this.#world
    const begins = server.checkpointFactor === 1
    server.checkpointFactor = begins ? this.#random.between(2, 4) : 1
    const nextMs = begins
      ? this.#random.between(1_000, 3_000)
      : this.#random.between(120_000, 300_000)
    this.#world.schedule(nextMs, eventKinds.checkpoint)
  }

  toggleBurst(): void {
    this.#world.schedule(this.#world.arrivals.toggleBurst(), eventKinds.burst)
  }

  driftMix(): void {
    this.#world.workload.driftMix(this.#driftRandom)
    this.#world.schedule(driftEveryMs, eventKinds.mixDrift)
  }
}
