import { mostSuspicion } from './caution.ts'
import type { DuelRecord } from './duel-record.ts'

/** Share of faults that the others have at least, as far as anybody can know. */
const lowestRatio = 1e-4
/** Share of faults on a connection worth replacing: this much, and so many times the others'. */
const badRatio = 0.02
const badFactor = 5
const highestBadRatio = 0.5
/** Log-likelihood at which a connection is worse than the others: one false alarm in e¹² chances. */
const limit = 12

/**
 * Faults that blame the connection although the session goes on: a Bernoulli CUSUM against the rate
 * that everybody else has.
 */
export class ErrorChannel {
  #weight = Math.log(badRatio / lowestRatio)
  #relief = badRatio
  trustFactor = 1

  /** A statement succeeded. The hot path. */
  recordSuccess(record: DuelRecord): void {
    if (record.errors > 0) record.errors = Math.max(0, record.errors - this.#relief)
  }

  recordFault(record: DuelRecord): void {
    const highest = mostSuspicion * limit * this.trustFactor
    record.errors = Math.min(highest, record.errors + this.#weight)
  }

  suspicion(record: DuelRecord): number {
    return record.errors / (limit * this.trustFactor)
  }

  /** `ratio` is the share of faults that the pool has as a whole, without its worst connection. */
  renewRatio(ratio: number): void {
    const usual = Math.max(lowestRatio, ratio)
    const bad = Math.min(highestBadRatio, Math.max(badRatio, badFactor * usual))
    this.#weight = Math.max(0, Math.log(bad / usual))
    this.#relief = Math.max(badRatio, Math.log((1 - usual) / (1 - bad)) || badRatio)
  }
}
