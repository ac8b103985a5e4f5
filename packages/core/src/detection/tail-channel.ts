import { mostSuspicion } from './caution.ts'
import type { DuelRecord } from './duel-record.ts'
import type { DuelRings } from './duel-rings.ts'
import { fingerprintSlots } from './fingerprint-table.ts'

/** A stall takes this many times what is typical of its fingerprint, and this many ms more. */
const stallRatio = 20
const stallMarginMs = 100
/** Fewer rivals cannot show that a run is exceptional. */
const minRivals = 4
/** Share of runs that stall on a connection worth replacing; also what each run takes off the sum. */
const badRatio = 0.004
/** No fingerprint stalls less often than this, as far as anybody can know. */
const lowestRatio = 5e-5
/** Runs of the pool that a fingerprint's own share is shrunk towards. */
const shrinkRuns = 1_000
/** What a renewal leaves of all counts: half in about 10 min, so that they follow the present. */
const memory = 0.988
/** Stalls of different connections within this time have one cause that is not theirs, ms. */
const commonMs = 250
const lowestLimit = 8
/** Above this mean score a connection is slower at everything: no stalls, but a shift. */
const slowScore = 0.5
/** What a stall counts that hit the same fingerprint as the one before it. */
const repeatedShare = 0.25

/** Rare stalls that the others do not have. Probes cannot see them, so this channel confirms nothing. */
export class TailChannel {
  readonly #rings: DuelRings
  readonly #runs: Float64Array = new Float64Array(fingerprintSlots)
  readonly #stalls: Float64Array = new Float64Array(fingerprintSlots)
  #runsOfPool = 0
  #stallsOfPool = 0
  #latest: DuelRecord | undefined
  #latestAt = Number.NEGATIVE_INFINITY
  #ownStallUntil = Number.NEGATIVE_INFINITY
  #limit = 12
  trustFactor = 1

  constructor(rings: DuelRings) {
    this.#rings = rings
  }

  /** Takes in a run that the rings have just ranked. The hot path. */
  record(record: DuelRecord, slot: number, durationMs: number, now: number): void {
    this.#runs[slot] = (this.#runs[slot] ?? 0) + 1
    this.#runsOfPool += 1
    record.recentRuns += 1
    if (record.tail > 0) record.tail = Math.max(0, record.tail - badRatio)
    if (durationMs < stallMarginMs) return
    const { rivals, slowerThan } = this.#rings
    if (rivals < minRivals || slowerThan < rivals - 1) return
    const typicalMs = this.#rings.typicalMs(slot, record.connectionId, now)
    if (durationMs < stallRatio * typicalMs || durationMs < typicalMs + stallMarginMs) return
    this.#stalled(record, slot, now)
  }

  /** Lets a stall count that nobody shared. To be called on every sweep. */
  settle(record: DuelRecord, now: number): void {
    if (record.pendingStallWeight === 0 || now - record.pendingStallAt < commonMs) return
    const highest = mostSuspicion * this.#limit * this.trustFactor
    record.tail = Math.min(highest, record.tail + record.pendingStallWeight)
    record.stalls += 1
    record.pendingStallWeight = 0
  }

  endLease(record: DuelRecord): void {
    record.hasStalledInLease = false
  }

  /** This process stood still until `now`: what seemed to stall about then did not. */
  noteOwnStall(now: number, records: Iterable<DuelRecord>): void {
    this.#ownStallUntil = now + commonMs
    for (const record of records) record.pendingStallWeight = 0
  }

  suspicion(record: DuelRecord): number {
    return record.tail / (this.#limit * this.trustFactor)
  }

  /** What a connection that is gone had does not excuse the next one. */
  forget(record: DuelRecord): void {
    this.#runsOfPool = Math.max(0, this.#runsOfPool - record.recentRuns)
    this.#stallsOfPool = Math.max(0, this.#stallsOfPool - record.recentStalls)
    if (this.#latest === record) this.#latest = undefined
  }

  /** One false eviction in `runs` runs is what the budget allows. */
  renewLimit(runs: number): void {
    this.#limit = runs > 0 ? Math.max(lowestLimit, Math.log(runs + 1) - 1) : lowestLimit
  }

  /** Lets all counts fade. To be called every 10 s. */
  fade(records: Iterable<DuelRecord>): void {
    this.#runsOfPool *= memory
    this.#stallsOfPool *= memory
    for (let slot = 0; slot < fingerprintSlots; slot++) {
      this.#runs[slot] = (this.#runs[slot] ?? 0) * memory
      this.#stalls[slot] = (this.#stalls[slot] ?? 0) * memory
    }
    for (const record of records) {
      record.recentRuns *= memory
      record.recentStalls *= memory
    }
  }

  forgetSlot(slot: number): void {
    this.#runs[slot] = 0
    this.#stalls[slot] = 0
  }

  #stalled(record: DuelRecord, slot: number, now: number): void {
    const ratio = this.#ratioOf(record, slot)
    this.#stalls[slot] = (this.#stalls[slot] ?? 0) + 1
    this.#stallsOfPool += 1
    record.recentStalls += 1
    const isShared = this.#latest !== record && now - this.#latestAt < commonMs
    if (isShared && this.#latest !== undefined) this.#latest.pendingStallWeight = 0
    this.#latest = record
    this.#latestAt = now
    this.settle(record, now)
    if (isShared || now < this.#ownStallUntil || record.hasStalledInLease) return
    if (record.meanScore > slowScore) return // slow throughout, which can be asked about
    record.hasStalledInLease = true
    // one fingerprint alone may be the fingerprint's doing
    const repeated = record.latestStalledSlot === slot
    record.latestStalledSlot = slot
    record.pendingStallAt = now
    record.pendingStallWeight = Math.log(1 + badRatio / ratio) * (repeated ? repeatedShare : 1)
  }

  /**
   * How often the others stall, times how much more often than all statements this one does. The
   * connection itself is left out, or in a small pool its own stalls would excuse it.
   */
  #ratioOf(record: DuelRecord, slot: number): number {
    const runs = Math.max(0, this.#runsOfPool - record.recentRuns) + shrinkRuns
    const others = Math.max(0, this.#stallsOfPool - record.recentStalls) / runs
    const ofPool = this.#stallsOfPool / Math.max(shrinkRuns, this.#runsOfPool)
    const stalls = (this.#stalls[slot] ?? 0) + ofPool * shrinkRuns
    const ofFingerprint = stalls / ((this.#runs[slot] ?? 0) + shrinkRuns)
    const excess = ofPool === 0 ? 1 : Math.max(1, ofFingerprint / ofPool)
    return Math.max(lowestRatio, others * excess)
  }
}
