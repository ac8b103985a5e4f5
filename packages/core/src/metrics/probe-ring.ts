const size = 5

/** The latest five probe round trips and when each came back. */
export class ProbeRing {
  readonly #rttMs: Float64Array = new Float64Array(size)
  readonly #at: Float64Array = new Float64Array(size)
  readonly #minSamples: number
  #samples = 0

  /** Below `minSamples` there is no floor. */
  constructor(minSamples: number) {
    this.#minSamples = minSamples
  }

  /** Takes in a round trip in ms; the caller has checked that it is finite and not negative. */
  add(rttMs: number, now: number): void {
    const slot = this.#samples % size
    this.#rttMs[slot] = rttMs
    this.#at[slot] = now
    this.#samples += 1
  }

  /**
   * Smallest round trip in ms that came back at `since` or later; `undefined` for too few of them.
   */
  floorMs(since: number): number | undefined {
    let floor = Number.POSITIVE_INFINITY
    let counted = 0
    for (let slot = 0; slot < Math.min(this.#samples, size); slot++) {
      if ((this.#at[slot] ?? 0) < since) continue
      counted += 1
      floor = Math.min(floor, this.#rttMs[slot] ?? floor)
    }
    return counted < this.#minSamples ? undefined : floor
  }

  /** The latest round trip in ms, if it came back at `since` or later. */
  latestMs(since: number): number | undefined {
    if (this.#samples === 0) return undefined
    const slot = (this.#samples - 1) % size
    return (this.#at[slot] ?? 0) < since ? undefined : this.#rttMs[slot]
  }

  /** When the oldest of the round trips came back that `floorMs(since)` looks at. */
  oldestAt(since: number): number | undefined {
    let oldest: number | undefined
    for (let slot = 0; slot < Math.min(this.#samples, size); slot++) {
      const at = this.#at[slot] ?? 0
      if (at >= since && (oldest === undefined || at < oldest)) oldest = at
    }
    return oldest
  }
}
