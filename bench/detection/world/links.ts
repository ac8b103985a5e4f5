import type { Random } from './random.ts'

/** Share of round trips that queue somewhere, and for how long on average. */
const spikeRatio = 0.004
const spikeMs = 3
/** Share of round trips that lose a packet, and how long its repetition takes at least. */
const lossRatio = 2e-5
const repeatMs = 200

/** The network between the pool and the server; the same for every connection. */
export class Links {
  /** What a scenario adds to every round trip. */
  extraMs = 0
  readonly #baseMs: number
  readonly #random: Random

  constructor(baseMs: number, random: Random) {
    this.#baseMs = baseMs
    this.#random = random
  }

  roundTripMs(random: Random = this.#random): number {
    let ms = this.extraMs + this.#baseMs * (1 + random.exponential(0.12))
    const luck = random.next()
    if (luck < spikeRatio) ms += random.exponential(spikeMs)
    if (luck < lossRatio) ms += repeatMs
    return ms
  }
}
