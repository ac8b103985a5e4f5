/** First and longest pause after failed openings, ms (DETECTION 10: 250 ms to 4 s). */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 4_000
/** … and where a server is there, or may be any moment, as during a failover: writes resume within 2 s. */
const LONGEST_FAILOVER_PAUSE_MS = 1_000

/** Openings under way at once, to begin with: pg's own default size fills in one go. */
const FIRST_WINDOW = 10

/**
 * Openings that have to succeed for one more at once while the window is narrower than at first. A server that
 * has just come back has the callers of every pool in line; those that the first connections serve meanwhile
 * need none of their own, and with fewer logins all pools serve sooner (measured by bench/scale).
 */
const SUCCESSES_PER_STEP = 4

/**
 * Paces openings. How many may be under way at once grows by one with each that succeeds, so that it doubles
 * per round trip. When the server refuses it falls to one, and grows more slowly until it is as wide as at
 * first; openings are then spaced out, exponentially with equal jitter (half fixed, half random). A permanent
 * failure (a wrong password, say) is told to the callers who asked for the opening, so it holds up only the
 * openings that nobody asked for.
 */
export class OpeningPace {
  readonly #random: () => number
  #failures = 0
  #permanent = false
  #nextAttemptAt = 0
  #window = FIRST_WINDOW
  /** Openings that succeeded since the window changed. */
  #successes = 0

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

  permits(now: number, underWay: number, demanded: boolean): boolean {
    if (underWay >= this.#window) return false
    return now >= this.#nextAttemptAt || (demanded && this.#permanent)
  }

  /** With `isFailover` the pauses stay short: a server is there, or another one is expected to take over. */
  failed(now: number, permanent: boolean, isFailover: boolean = false): void {
    this.#permanent = permanent
    if (!permanent) this.#window = 1
    this.#successes = 0
    if (now < this.#nextAttemptAt) return
    const longestMs = isFailover ? LONGEST_FAILOVER_PAUSE_MS : LONGEST_PAUSE_MS
    const pauseMs = Math.min(longestMs, FIRST_PAUSE_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#nextAttemptAt = now + pauseMs * (0.5 + 0.5 * this.#random())
  }

  succeeded(): void {
    this.#failures = 0
    this.#permanent = false
    this.#nextAttemptAt = 0
    this.#successes += 1
    if (this.#window < FIRST_WINDOW && this.#successes < SUCCESSES_PER_STEP) return
    this.#successes = 0
    this.#window += 1
  }
}
