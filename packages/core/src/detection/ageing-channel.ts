import { fadedCaution, mostSuspicion, raisedCaution } from './caution.ts'
import type { DuelRecord } from './duel-record.ts'
import { shiftDrift } from './false-alarm-budget.ts'

/** A connection is young up to this many runs: its caches are warm and its memory is small. */
const youngRuns = 600

/**
 * Young connections that keep winning say that the others have aged. One CUSUM for the pool, of how
 * much faster the young are.
 */
export class AgeingChannel {
  #sum = 0
  #limit = 24
  #caution = 1
  #cautionAt = 0
  #score = 0
  trustFactor = 1

  /** Takes in a centred score. The hot path. */
  record(record: DuelRecord, centred: number): void {
    if (record.runs > youngRuns) return
    this.#score += (-centred - this.#score) / 64
    const next = this.#sum - centred - shiftDrift
    this.#sum = Math.min(mostSuspicion * this.#bound, Math.max(0, next))
  }

  /** Mean score by which the young win, about the latest 64 duels. */
  get youngScore(): number {
    return this.#score
  }

  /** 1 and above: the others have aged. */
  get suspicion(): number {
    return this.#sum / this.#bound
  }

  /** The limit of the shift channel serves here, too: the scores are the same. */
  renewLimit(shiftLimit: number): void {
    this.#limit = shiftLimit
  }

  get #bound(): number {
    return this.#limit * this.trustFactor * this.#caution
  }

  dismiss(now: number): void {
    this.renewCaution(now)
    this.#caution = raisedCaution(this.#caution)
    this.#sum = 0
  }

  /** Lets the caution fade. */
  renewCaution(now: number): void {
    this.#caution = fadedCaution(this.#caution, now - this.#cautionAt)
    this.#cautionAt = now
  }
}
