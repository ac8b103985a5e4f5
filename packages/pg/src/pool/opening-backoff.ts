/** First and longest pause after failed openings, ms (DETECTION 10: 250 ms to 4 s). */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 4_000

/**
 * Spaces openings out while the server refuses them: exponential, with equal jitter (half fixed, half
 * random), one attempt at a time until one succeeds. A permanent failure (a wrong password, say) is told
 * to the caller who asked for the opening, so it pauses only the openings that nobody asked for.
 */
export class OpeningBackoff {
  readonly #random: () => number
  #failures = 0
  #permanent = false
  #nextAttemptAt = 0

  constructor(random: () => number) {
    this.#random = random
  }

  /** Failed attempts since the last opening that succeeded; attempts that fail together count as one. */
  get failures(): number {
    return this.#failures
  }

  /** Monotonic ms before which no opening may start; in the past when there is no pause. */
  get nextAttemptAt(): number {
    return this.#nextAttemptAt
  }

  permits(now: number, openingNow: number, demanded: boolean): boolean {
    if (this.#failures === 0 || (demanded && this.#permanent)) return true
    return openingNow === 0 && now >= this.#nextAttemptAt
  }

  failed(now: number, permanent: boolean): void {
    this.#permanent = permanent
    if (now < this.#nextAttemptAt) return
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#nextAttemptAt = now + pauseMs * (0.5 + 0.5 * this.#random())
  }

  succeeded(): void {
    this.#failures = 0
    this.#permanent = false
    this.#nextAttemptAt = 0
  }
}
