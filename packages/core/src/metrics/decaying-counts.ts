import { numberRow } from './number-row.ts'

/**
 * Counts that halve every `halfLifeMs`, so that what is long past stops to matter. Counting reads
 * no clock and computes no power: both are left to `renew`, which is to be called now and then.
 * What is counted between two renewals counts as if at the earlier one.
 */
export class DecayingCounts {
  // Invariant: the counts are as of `#renewedAt`, which never goes back.
  readonly #counts: number[]
  readonly #halfLifeMs: number
  #renewedAt: number

  constructor(size: number, halfLifeMs: number, now: number) {
    this.#counts = numberRow(size)
    this.#halfLifeMs = halfLifeMs
    this.#renewedAt = now
  }

  /** Brings the counts up to date. An instant that is not after the latest one changes nothing. */
  renew(now: number): void {
    const factor = this.#factor(now)
    if (factor === 1) return
    for (let index = 0; index < this.#counts.length; index++) {
      this.#counts[index] = (this.#counts[index] ?? 0) * factor
    }
    this.#renewedAt = now
  }

  /** Adds one to the count at `index`. The hot path. */
  add(index: number): void {
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  /** The count at `index` as decayed by `now`; never negative. */
  at(index: number, now: number): number {
    return (this.#counts[index] ?? 0) * this.#factor(now)
  }

  /** All counts together as decayed by `now`. */
  sum(now: number): number {
    let sum = 0
    for (let index = 0; index < this.#counts.length; index++) sum += this.#counts[index] ?? 0
    return sum * this.#factor(now)
  }

  #factor(now: number): number {
    const elapsedMs = now - this.#renewedAt
    // an endless time would leave nothing that could ever decay again
    if (!(elapsedMs > 0) || elapsedMs === Number.POSITIVE_INFINITY) return 1
    return 2 ** (-elapsedMs / this.#halfLifeMs)
  }
}
