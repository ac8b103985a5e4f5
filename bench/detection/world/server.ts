import type { Random } from './random.ts'

/** No statement runs longer: a `statement_timeout` that the workload is known to keep. */
const longestMs = 15_000
/** A caller gives a hot row up after this long. */
const longestLockMs = 3_000
/** Mean CPU time of a backend probe, and how far it spreads. */
const probeMs = 2
const probeSigma = 0.08

/** The server that all backends belong to: what slows all of them down alike. */
export class Server {
  /** What a scenario makes of every statement's time. */
  factor = 1
  /** 1 except during a checkpoint. */
  checkpointFactor = 1
  /** Nothing is answered before this instant. */
  frozenUntil = Number.NEGATIVE_INFINITY
  /** Per fingerprint: what a changed plan makes of its time. */
  readonly planFactors: Float64Array
  /** Per fingerprint: how long it holds the row that all its runs want; 0 for none. */
  readonly hotRowHoldMs: Float64Array
  readonly #hotRowFreeAt: Float64Array
  readonly #random: Random

  constructor(fingerprints: number, random: Random) {
    this.planFactors = new Float64Array(fingerprints).fill(1)
    this.hotRowHoldMs = new Float64Array(fingerprints)
    this.#hotRowFreeAt = new Float64Array(fingerprints)
    this.#random = random
  }

  /** Time on a sound backend of a run that would take `ms` on an idle server. */
  runMs(fingerprint: number, ms: number): number {
    const slowed = ms * this.factor * this.checkpointFactor
    return Math.min(longestMs, slowed * (this.planFactors[fingerprint] as number))
  }

  /** How long a run that begins at `now` waits for its row, which it then holds. */
  lockMs(fingerprint: number, now: number): number {
    const holdMs = this.hotRowHoldMs[fingerprint] as number
    if (holdMs === 0) return 0
    const freeAt = this.#hotRowFreeAt[fingerprint] as number
    const waitMs = Math.max(0, freeAt - now)
    if (waitMs > longestLockMs) return longestLockMs
    const heldMs = this.#random.exponential(holdMs)
    this.#hotRowFreeAt[fingerprint] = now + waitMs + heldMs
    return waitMs + heldMs
  }

  /** CPU time of a backend probe on a sound backend. */
  probeMs(): number {
    const noise = Math.exp(probeSigma * this.#random.normal())
    return probeMs * noise * this.factor * this.checkpointFactor
  }
}
