/** What became of callers, and which instances serve again after an outage. */
export class CallerLog {
  readonly #acceptsAt: number
  readonly #recoveredAt = new Map<number, number>()
  #begun = 0
  #served = 0
  #failed = 0
  #longestMs = 0

  /** From `acceptsAt` on the server takes connections again. */
  constructor(acceptsAt: number) {
    this.#acceptsAt = acceptsAt
  }

  began(): void {
    this.#begun += 1
  }

  served(instance: number, since: number, now: number): void {
    this.#served += 1
    this.#longestMs = Math.max(this.#longestMs, now - since)
    if (now >= this.#acceptsAt && !this.#recoveredAt.has(instance)) {
      this.#recoveredAt.set(instance, now)
    }
  }

  failed(since: number, now: number): void {
    this.#failed += 1
    this.#longestMs = Math.max(this.#longestMs, now - since)
  }

  get callers(): number {
    return this.#begun
  }
  get failures(): number {
    return this.#failed
  }
  /** Callers who have been told nothing. */
  get untold(): number {
    return this.#begun - this.#served - this.#failed
  }
  /** The longest time until somebody was told something, ms. */
  get longestMs(): number {
    return this.#longestMs
  }

  /** How long after the server each instance had its first answer, ascending, ms. */
  recoveries(): number[] {
    return [...this.#recoveredAt.values()]
      .map((at) => at - this.#acceptsAt)
      .toSorted((a, b) => a - b)
  }
}
