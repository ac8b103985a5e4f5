import type { Random } from './random.ts'

const lightestMs = 0.2
const heaviestMs = 2_000
/** Mean time of a statement: how rare the heavy ones are. */
const lowestMeanMs = 4
const highestMeanMs = 50
/** Share of fingerprints that write rows which others may hold. */
const writerRatio = 0.2
/** How far popularity may drift from where it began, and how much it moves per step (logarithms). */
const driftReach = 0.6
const driftStep = 0.3

/**
 * What the application asks: fingerprints whose times span four orders of magnitude, the heavy ones
 * rare, and a mix that drifts.
 */
export class Workload {
  readonly fingerprints: number
  readonly mediansMs: Float64Array
  /** Mean time of a statement of the initial mix. */
  readonly meanMs: number
  readonly #sigmas: Float64Array
  readonly #missRatios: Float64Array
  readonly #lockRatios: Float64Array
  readonly #weights: Float64Array
  readonly #drift: Float64Array
  readonly #mix: Float64Array
  #mixTotal = 0
  readonly #random: Random

  /** `shape` draws what is fixed for the run, `random` what varies from statement to statement. */
  constructor(shape: Random, random: Random) {
    const count = 8 + shape.below(33)
    this.fingerprints = count
    this.#random = random
    this.mediansMs = fill(count, (index) => {
      return lightestMs * (heaviestMs / lightestMs) ** ((index + shape.next()) / count)
    })
    this.#sigmas = fill(count, () => shape.between(0.2, 0.8))
    this.#missRatios = fill(count, () => shape.magnitudeBetween(0.003, 0.05))
    this.#lockRatios = fill(count, () => {
      return shape.next() < writerRatio ? shape.magnitudeBetween(1e-4, 2e-3) : 1e-5
    })
    const targetMs = shape.magnitudeBetween(lowestMeanMs, highestMeanMs)
    this.#weights = zipfWithMean(targetMs, popularityRanks(count, shape), (index) => {
      return this.#meanOf(index)
    })
    this.#drift = new Float64Array(count)
    this.#mix = new Float64Array(count)
    this.#applyDrift()
    this.meanMs = this.#weights.reduce((sum, weight, index) => {
      return sum + (weight * this.#meanOf(index)) / this.#mixTotal
    }, 0)
  }

  /** The fingerprint of the next statement. */
  draw(): number {
    let left = this.#random.next() * this.#mixTotal
    const last = this.fingerprints - 1
    for (let index = 0; index < last; index += 1) {
      left -= this.#mix[index] as number
      if (left < 0) return index
    }
    return last
  }

  /** Share of statements that are of this fingerprint now. */
  shareOf(fingerprint: number): number {
    return (this.#mix[fingerprint] as number) / this.#mixTotal
  }

  /** Time of one run on an idle server, cache misses included. */
  runMs(fingerprint: number): number {
    const random = this.#random
    const median = this.mediansMs[fingerprint] as number
    const ms = median * Math.exp((this.#sigmas[fingerprint] as number) * random.normal())
    if (random.next() >= (this.#missRatios[fingerprint] as number)) return ms
    return ms * random.between(3, 10)
  }

  /** How long one run waits for a row that another one holds: seldom at all. */
  lockMs(fingerprint: number): number {
    const random = this.#random
    if (random.next() >= (this.#lockRatios[fingerprint] as number)) return 0
    return 50 + random.exponential(400)
  }

  /** Moves the mix a little, never far from where it began. */
  driftMix(random: Random): void {
    for (let index = 0; index < this.fingerprints; index += 1) {
      const moved = (this.#drift[index] as number) + driftStep * random.normal()
      this.#drift[index] = Math.max(-driftReach, Math.min(driftReach, moved))
    }
    this.#applyDrift()
  }

  #applyDrift(): void {
    this.#mixTotal = 0
    for (let index = 0; index < this.fingerprints; index += 1) {
      const weight = (this.#weights[index] as number) * Math.exp(this.#drift[index] as number)
      this.#mix[index] = weight
      this.#mixTotal += weight
    }
  }

  #meanOf(index: number): number {
    const lognormalMean = Math.exp((this.#sigmas[index] as number) ** 2 / 2)
    const misses = 1 + 5.5 * (this.#missRatios[index] as number)
    return (this.mediansMs[index] as number) * lognormalMean * misses
  }
}

function fill(count: number, of: (index: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => of(index))
}

/** Rank of each fingerprint by popularity: the light ones first, though not strictly. */
function popularityRanks(count: number, random: Random): readonly number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  const keys = order.map((index) => index + 0.15 * count * random.normal())
  const sorted = order.toSorted((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0))
  return order.map((index) => sorted.indexOf(index))
}

/** Ranks begin here: the most popular fingerprint is not all there is (Zipf and Mandelbrot). */
const firstRank = 4

/** Zipf weights whose exponent makes the mean cost `targetMs`, as far as it can. */
function zipfWithMean(
  targetMs: number,
  ranks: readonly number[],
  costOf: (index: number) => number,
): Float64Array {
  let low = 0.5
  let high = 15
  let weights = new Float64Array()
  for (let step = 0; step < 30; step += 1) {
    const exponent = (low + high) / 2
    weights = Float64Array.from(ranks, (rank) => (rank + firstRank) ** -exponent)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const mean = weights.reduce((sum, weight, index) => sum + weight * costOf(index), 0) / total
    if (mean > targetMs) low = exponent
    else high = exponent
  }
  return weights
}
