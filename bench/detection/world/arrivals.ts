import type { Random } from './random.ts'

/** Share of arrivals that bring others with them, as a page that sends several requests does. */
const groupRatio = 0.01

/** When callers come: Poisson, in bursts, by the time of a day that is a few minutes long. */
export class Arrivals {
  readonly #perMs: number
  readonly #dayMs: number
  readonly #daySwing: number
  readonly #dayStart: number
  readonly #burstFactor: number
  readonly #groupMax: number
  readonly #random: Random
  #isBurst = false

  constructor(
    options: {
      readonly perSecond: number
      readonly isSteady: boolean
      readonly groupMax: number
      /** How many times `perSecond` a burst at noon may reach. */
      readonly peak: number
    },
    random: Random,
  ) {
    this.#perMs = options.perSecond / 1_000
    this.#random = random
    this.#dayMs = random.between(240_000, 900_000)
    this.#daySwing = options.isSteady ? 0 : random.between(0.2, 0.4)
    this.#dayStart = random.next()
    const burst = random.between(1.3, 2.5)
    const highest = Math.max(1, options.peak / (1 + this.#daySwing))
    this.#burstFactor = options.isSteady ? 1 : Math.min(burst, highest)
    this.#groupMax = options.isSteady ? 1 : options.groupMax
  }

  /** Time until the next arrival. */
  gapMs(now: number): number {
    const day = Math.sin(2 * Math.PI * (now / this.#dayMs + this.#dayStart))
    const burst = this.#isBurst ? this.#burstFactor : 1
    return this.#random.exponential(1 / (this.#perMs * burst * (1 + this.#daySwing * day)))
  }

  /** How many come at once. */
  groupSize(): number {
    if (this.#groupMax <= 1 || this.#random.next() >= groupRatio) return 1
    return 2 + this.#random.below(this.#groupMax - 1)
  }

  /** Begins or ends a burst; gives back how long that state lasts. */
  toggleBurst(): number {
    this.#isBurst = !this.#isBurst
    return this.#isBurst ? this.#random.between(1_000, 5_000) : this.#random.between(8_000, 40_000)
  }
}
