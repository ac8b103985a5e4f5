import type { DuelRecord } from './duel-record.ts'
import { shiftDrift } from './false-alarm-budget.ts'

/** A connection is young up to this many runs: its caches are warm and its memory is small. */
const youngRuns = 600

const cautionStep = 1.5
const highestCaution = 4
const cautionHalfLifeMs = 20 * 60_000

/**
 * Young connections that keep winning say that the others have aged. One CUSUM for the pool, of how
 * much faster the young are.
 */
export class AgeingChannel {
  #sum = 0
  #caution = 1
  #cautionAt = 0
  #score = 0
  trustFactor = 1

  /** Takes in a centred score. The hot path. */
  record(record: DuelRecord, centred: number): void {
    if (record.runs > youngRuns) return
    this.#score += (-centred - this.#score) / 64
    this.#sum = Math.max(0, this.#sum - centred - shiftDrift)
  }

  /** Mean score by which the young win, about the latest 64 duels. */
  get youngScore(): number {
    return this.#score
  }

  suspicion(shiftLimit: number): number {
    return this.#sum / (shiftLimit * this.trustFactor * this.#caution)
  }

  dismiss(now: number): void {
    this.renewCaution(now)
    this.#caution = Math.min(highestCaution, this.#caution * cautionStep)
    this.#sum = 0
  }

  /** Lets the caution fade. */
  renewCaution(now: number): void {
    this.#caution =
      1 + (this.#caution - 1) * 2 ** (-Math.max(0, now - this.#cautionAt) / cautionHalfLifeMs)
    this.#cautionAt = now
  }
}
