/**
 * Upper bounds of the buckets, ms, included in their bucket; what is longer is in one more. They contain
 * the bounds that OpenTelemetry's semantic conventions advise for database calls (1, 5, 10, 50, 100, 500,
 * 1 000, 5 000, 10 000), so that exporters can merge buckets into those exactly.
 */
export const durationBoundsMs: readonly number[] = Object.freeze([
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
])

/** How long things of one kind took, since the pool began: every number only grows. */
export interface DurationCounts {
  readonly count: number
  readonly sumMs: number
  /** How many fell into each bucket of `durationBoundsMs`, and last, how many were longer than all. */
  readonly buckets: readonly number[]
}

/** Counts durations in fixed buckets, for exporters: nothing decays, nothing is allocated per record. */
export class DurationHistogram {
  // Invariant: the buckets add up to `#count`.
  readonly #buckets: number[] = new Array<number>(durationBoundsMs.length + 1).fill(0)
  #count = 0
  #sumMs = 0

  /** The hot path. What is negative or not finite is ignored. */
  record(durationMs: number): void {
    if (!(durationMs >= 0 && durationMs < Number.POSITIVE_INFINITY)) return
    let bucket = 0
    while (durationMs > (durationBoundsMs[bucket] as number)) bucket += 1
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1
    this.#count += 1
    this.#sumMs += durationMs
  }

  /** A copy, as plain JSON. */
  snapshot(): DurationCounts {
    return { count: this.#count, sumMs: this.#sumMs, buckets: [...this.#buckets] }
  }
}
