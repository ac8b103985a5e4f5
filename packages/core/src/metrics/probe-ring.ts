import { numberRow } from './number-row.ts'

const size = 5

/** The latest five probe round trips of one kind and when each came back. */
export class ProbeRing {
  /** Round trips, then when each came back. */
  readonly #row: number[] = numberRow(2 * size)
  readonly #minSamples: number
  #samples = 0

  /** Below `minSamples` there is neither floor nor median. */
  constructor(minSamples: number) {
    this.#minSamples = minSamples
  }

  /** Takes in a round trip in ms; the caller has checked that it is finite and not negative. */
  add(rttMs: number, now: number): void {
    const slot = this.#samples % size
    this.#row[slot] = rttMs
    this.#row[slot + size] = now
    this.#samples += 1
  }

  /**
   * Smallest round trip in ms that came back at `since` or later; `undefined` for too few of them.
   */
  floorMs(since: number): number | undefined {
    let floor = Number.POSITIVE_INFINITY
    let counted = 0
    for (let slot = 0; slot < Math.min(this.#samples, size); slot++) {
      if (!this.#isRecent(slot, since)) continue
      counted += 1
      floor = Math.min(floor, this.#row[slot] ?? floor)
    }
    return counted < this.#minSamples ? undefined : floor
  }

  /** Their median in ms; `undefined` for too few of them. Allocates. */
  medianMs(since: number): number | undefined {
    const recent = this.#row
      .slice(0, Math.min(this.#samples, size))
      .filter((_, slot) => this.#isRecent(slot, since))
      .sort((a, b) => a - b)
    if (recent.length < this.#minSamples) return undefined
    const middle = recent.length >> 1
    const upper = recent[middle] ?? 0
    return recent.length % 2 === 1 ? upper : ((recent[middle - 1] ?? upper) + upper) / 2
  }

  #isRecent(slot: number, since: number): boolean {
    return (this.#row[slot + size] ?? 0) >= since
  }
}
