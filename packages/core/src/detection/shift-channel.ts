import { fadedCaution, mostSuspicion, raisedCaution } from './caution.ts'
import type { DuelRecord } from './duel-record.ts'
import { limitFor, shiftDrift } from './false-alarm-budget.ts'

/** The pool's mean score follows this share of each score. */
const meanWeight = 1 / 50
/** A connection's own mean, for people and for judging swaps. */
const ownMeanWeight = 1 / 64
/** Scores in a block; blocks are nearly independent of each other although scores come in bursts. */
const blockSize = 48
const blockWeight = 1 / 20
const lowestVariance = 1
const highestVariance = 6
/** One lease is one witness: it contributes at most this share of the limit. */
const leaseShare = 1 / 3
/** A connection above this share of its limit does not train the pool's mean and variance. */
const trainingShare = 1 / 2

/** What each dismissal more than allowed multiplies all limits by, and how far. */
const unrestStep = 1.15
const highestUnrest = 4

/**
 * Slower than the others, run by run: a CUSUM of duel scores whose limit follows from a false-alarm
 * budget and from how noisy the pool's own scores are.
 */
export class ShiftChannel {
  #mean = 0
  #variance = 3 // patient until the pool's own noise is known
  #limit = 24
  /** What dismissals beyond the budget multiply the limits by. */
  #unrest = 1
  /** What learning from past swaps multiplies the limits by. */
  trustFactor = 1

  /** Suspects above this sum, caution aside. */
  get limit(): number {
    return this.#limit * this.#unrest * this.trustFactor
  }

  /** Long-run variance of the scores. */
  get variance(): number {
    return this.#variance
  }

  /** Takes in a score. The hot path. */
  record(record: DuelRecord, score: number): number {
    const centred = score - this.#mean
    record.duels += 1
    record.meanScore += (centred - record.meanScore) * ownMeanWeight
    const limit = this.limit * record.caution
    if (record.shift <= limit * trainingShare) this.#train(record, centred)
    const highest = Math.min(record.shiftAtLease + limit * leaseShare, limit * mostSuspicion)
    const next = record.shift + centred - shiftDrift
    record.shift =
      next <= 0 ? 0 : next > highest ? Math.max(highest, record.shift - shiftDrift) : next
    return centred
  }

  /** The present lease, or a probe, is over: the next witness may add its share. */
  endLease(record: DuelRecord): void {
    record.shiftAtLease = record.shift
  }

  /** 1 and above is a suspect. */
  suspicion(record: DuelRecord): number {
    return record.shift / (this.limit * record.caution)
  }

  /** A confirmation found nothing: starts anew, and takes more to suspect it again. */
  dismiss(record: DuelRecord, now: number): void {
    this.renewCaution(record, now)
    record.caution = raisedCaution(record.caution)
    this.#unrest = Math.min(highestUnrest, this.#unrest * unrestStep)
    record.shift = 0
    record.shiftAtLease = 0
  }

  /** Lets the caution fade. */
  renewCaution(record: DuelRecord, now: number): void {
    record.caution = fadedCaution(record.caution, now - record.cautionAt)
    record.cautionAt = now
  }

  /**
   * Sets the limit so that the pool's scores raise one false suspicion in `runsPerSuspicion` runs.
   * Each dismissal raises all limits and each `allowed` one lowers them, so that false suspicions
   * become as rare as allowed also where what disturbs the pool lasts longer than a block.
   */
  renewLimit(runsPerSuspicion: number, allowed: number): void {
    this.#limit = limitFor(runsPerSuspicion, this.#variance)
    if (allowed > 0) this.#unrest = Math.max(1, this.#unrest / unrestStep ** allowed)
  }

  #train(record: DuelRecord, centred: number): void {
    this.#mean += centred * meanWeight
    record.blockSum += centred
    record.blockSize += 1
    if (record.blockSize < blockSize) return
    const found = (record.blockSum * record.blockSum) / blockSize
    const next = this.#variance + (found - this.#variance) * blockWeight
    this.#variance = Math.min(highestVariance, Math.max(lowestVariance, next))
    record.blockSum = 0
    record.blockSize = 0
  }
}
