import { fingerprintSlots } from './fingerprint-table.ts'

/** How fast what is usual follows what is: in about 50 periods of 10 s. */
const levelWeight = 0.02
/** Fewer runs in a period say nothing about a fingerprint. */
const minRuns = 5
/** More runs of one fingerprint than this weigh no more: the pool is more than its busiest query. */
const mostRuns = 50

/** How many times slower than usual all statements are, and how many runs say so. */
export interface SlownessReport {
  readonly ratio: number
  readonly sampleRuns: number
}

/**
 * How slow the pool as a whole is beside itself as it usually is: per fingerprint the geometric mean
 * of a period against its long-run level. What is common to all connections shows here, and only
 * here.
 */
export class Slowness {
  readonly #logs: Float64Array = new Float64Array(fingerprintSlots)
  readonly #runs: Uint32Array = new Uint32Array(fingerprintSlots)
  /** `NaN` until a fingerprint had a period with enough runs. */
  readonly #levels: Float64Array = new Float64Array(fingerprintSlots).fill(Number.NaN)

  /** Takes in a run of any connection. The hot path. */
  record(slot: number, durationMs: number): void {
    this.#logs[slot] = (this.#logs[slot] ?? 0) + Math.log(durationMs + 0.01)
    this.#runs[slot] = (this.#runs[slot] ?? 0) + 1
  }

  /** Ends a period. `ratio` is 1 when all is as usual; `sampleRuns` is what it rests on. */
  renew(): SlownessReport {
    let weights = 0
    let logs = 0
    let sampleRuns = 0
    for (let slot = 0; slot < fingerprintSlots; slot++) {
      const runs = this.#runs[slot] ?? 0
      if (runs < minRuns) continue
      const mean = (this.#logs[slot] ?? 0) / runs
      this.#runs[slot] = 0
      this.#logs[slot] = 0
      const level = this.#levels[slot] ?? Number.NaN
      if (Number.isNaN(level)) {
        this.#levels[slot] = mean
        continue
      }
      const weight = Math.min(runs, mostRuns)
      weights += weight
      logs += weight * (mean - level)
      sampleRuns += runs
      this.#levels[slot] = level + (mean - level) * levelWeight
    }
    return { ratio: weights === 0 ? 1 : Math.exp(logs / weights), sampleRuns }
  }

  forgetSlot(slot: number): void {
    this.#logs[slot] = 0
    this.#runs[slot] = 0
    this.#levels[slot] = Number.NaN
  }
}
