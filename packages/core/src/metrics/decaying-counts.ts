/**
 * Counts that halve every `halfLifeMs`, so that what is long past stops to matter. One instant for
 * all.
 */
export class DecayingCounts {
  readonly #counts: Float64Array
  readonly #halfLifeMs: number
  #countedAt = Number.NEGATIVE_INFINITY

  constructor(size: number, halfLifeMs: number) {
    this.#counts = new Float64Array(size)
    this.#halfLifeMs = halfLifeMs
  }

  /**
   * Adds one to the count at `index`. An instant before the latest one counts as the latest one.
   */
  add(index: number, now: number): void {
    if (now > this.#countedAt) {
      const factor = this.#factor(now)
      for (let at = 0; at < this.#counts.length; at++) {
        this.#counts[at] = (this.#counts[at] ?? 0) * factor
      }
      this.#countedAt = now
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  /** The count at `index` as decayed by `now`; never negative. */
  at(index: number, now: number): number {
    return (this.#counts[index] ?? 0) * this.#factor(now)
  }

  #factor(now: number): number {
    const elapsedMs = now - this.#countedAt
    return elapsedMs > 0 ? 2 ** (-elapsedMs / this.#halfLifeMs) : 1
  }
}
