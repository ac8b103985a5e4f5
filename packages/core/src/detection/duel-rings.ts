import { fingerprintSlots } from './fingerprint-table.ts'

/** Latest runs that are kept of each fingerprint, of different connections as far as there are. */
const ringSize = 8

/** A run older than this says nothing about how things are now, ms. */
const memoryMs = 120_000

/** Fewer runs of other connections rank nothing. */
const minRivals = 2

/**
 * Two runs take about as long when they differ by less than this share of one and this share of the
 * shortest round trip: the order in which our event loop gets to them makes as much of a difference.
 */
const tieRatio = 0.1
const tieFloors = 0.5
/** What each run adds to the floor, so that it follows a round trip that gets longer. */
const floorRise = 1 + 1 / 4_096

/** Standard score of a rank among `n` rivals is `(2w − n) · scale[n]`: mean 0, variance 1. */
const scale: Float64Array = Float64Array.from({ length: ringSize + 1 }, (_, n) =>
  n < minRivals ? 0 : Math.sqrt(3 / (n * (n + 2))),
)

/**
 * The latest runs of each fingerprint. A run is ranked among the latest runs of the same
 * fingerprint on other connections, whatever the distribution of its durations may be, so that
 * what slows all of them down moves nobody's rank.
 */
export class DuelRings {
  // Invariant: an entry with `#connection` 0 is empty; connection ids start at 1.
  readonly #durationMs: Float64Array = new Float64Array(fingerprintSlots * ringSize)
  readonly #at: Float64Array = new Float64Array(fingerprintSlots * ringSize)
  readonly #connection: Float64Array = new Float64Array(fingerprintSlots * ringSize)
  readonly #latest: Uint8Array = new Uint8Array(fingerprintSlots)

  /** The shortest run of late, of any fingerprint: what a round trip takes at least. */
  #floorMs = Number.POSITIVE_INFINITY

  /** Runs of other connections that the latest `rank` met, and how many of them it was slower than. */
  rivals = 0
  slowerThan = 0

  /**
   * Standard score of a run among its rivals: above 0 is slower. `NaN` below 2 rivals. About as long
   * counts half. Runs of this very instant are no rivals, so that their order does not matter.
   */
  rank(slot: number, connectionId: number, durationMs: number, now: number): number {
    const from = slot * ringSize
    const since = now - memoryMs
    const slackMs = tieRatio * durationMs + tieFloors * this.#floorMs
    let rivals = 0
    let doubled = 0
    for (let at = from; at < from + ringSize; at++) {
      const rival = this.#connection[at] ?? 0
      const then = this.#at[at] ?? 0
      if (rival === 0 || rival === connectionId || then < since || then >= now) continue
      rivals += 1
      const aheadMs = durationMs - (this.#durationMs[at] ?? 0)
      if (aheadMs > slackMs) doubled += 2
      else if (aheadMs >= -slackMs) doubled += 1
    }
    this.rivals = rivals
    this.slowerThan = doubled / 2
    return rivals < minRivals ? Number.NaN : (doubled - rivals) * (scale[rivals] ?? 0)
  }

  /** Keeps a run. The run after one of the same connection takes its place. */
  add(slot: number, connectionId: number, durationMs: number, now: number): void {
    this.#floorMs = Math.min(this.#floorMs * floorRise, durationMs)
    const from = slot * ringSize
    let latest = this.#latest[slot] ?? 0
    const previous = this.#connection[from + latest] ?? 0
    if (previous !== 0 && previous !== connectionId) {
      latest = (latest + 1) % ringSize
      this.#latest[slot] = latest
    }
    this.#durationMs[from + latest] = durationMs
    this.#at[from + latest] = now
    this.#connection[from + latest] = connectionId
  }

  /** Geometric mean of the rivals' durations in ms; asked only about what looks like a stall. */
  typicalMs(slot: number, connectionId: number, now: number): number {
    const from = slot * ringSize
    let logs = 0
    let rivals = 0
    for (let at = from; at < from + ringSize; at++) {
      const rival = this.#connection[at] ?? 0
      if (rival === 0 || rival === connectionId || (this.#at[at] ?? 0) < now - memoryMs) continue
      logs += Math.log(Math.max(1e-6, this.#durationMs[at] ?? 0))
      rivals += 1
    }
    return rivals === 0 ? Number.NaN : Math.exp(logs / rivals)
  }

  /** Longest run that is kept of a fingerprint, on whichever connection, ms; 0 for none. */
  longestMs(slot: number): number {
    let longest = 0
    for (let at = slot * ringSize; at < (slot + 1) * ringSize; at++) {
      if (this.#connection[at] !== 0) longest = Math.max(longest, this.#durationMs[at] ?? 0)
    }
    return longest
  }

  /** Forgets the runs of a connection that is gone: they no longer say what its peers do. */
  forgetConnection(connectionId: number): void {
    for (let at = 0; at < this.#connection.length; at++) {
      if (this.#connection[at] === connectionId) this.#connection[at] = 0
    }
  }

  /** Forgets the runs of a fingerprint whose slot has a new owner. */
  forgetSlot(slot: number): void {
    this.#connection.fill(0, slot * ringSize, (slot + 1) * ringSize)
  }
}
