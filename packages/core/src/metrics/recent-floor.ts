/**
 * Smallest of the latest `size` durations. The floor is what a path costs when nothing else is in
 * the way, so one heavy statement or one pause does not move it. No allocation after construction.
 */
export class RecentFloor {
  readonly #ring: Float64Array
  readonly #minSamples: number
  #samples = 0

  constructor(size: number, minSamples: number) {
    this.#ring = new Float64Array(size)
    this.#minSamples = minSamples
  }

  /** Takes in a duration in ms; the caller has checked that it is finite and not negative. */
  add(durationMs: number): void {
    this.#ring[this.#samples % this.#ring.length] = durationMs
    this.#samples += 1
  }

  /** In ms; `undefined` below `minSamples`: too little evidence. */
  floorMs(): number | undefined {
    if (this.#samples < this.#minSamples) return undefined
    const length = Math.min(this.#samples, this.#ring.length)
    let floor = Number.POSITIVE_INFINITY
    for (let index = 0; index < length; index++) {
      floor = Math.min(floor, this.#ring[index] ?? Number.POSITIVE_INFINITY)
    }
    return floor
  }
}
