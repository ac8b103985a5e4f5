import { isQuantity } from '../metrics/quantity.ts'
import { AgeingChannel } from './ageing-channel.ts'
import type { DuelRecord } from './duel-record.ts'
import { DuelRings } from './duel-rings.ts'
import type { DuelView } from './duel-view.ts'
import { ErrorChannel } from './error-channel.ts'
import { FingerprintTable, fingerprintSlots } from './fingerprint-table.ts'
import { ShiftChannel } from './shift-channel.ts'
import { Slowness, type SlownessReport } from './slowness.ts'
import { TailChannel } from './tail-channel.ts'

/** On its first runs a connection has cold caches and plans: no evidence for or against anybody. */
export const probationRuns = 32

/** Fewer duels make no mean for people. */
const minDuels = 16

/** Suspicions that the budget allows per false recycle: they are cheap, they are only asked about. */
const suspicionsPerRecycle = 20

/** Time between two renewals of what follows from the pool's noise, ms. */
const renewalMs = 10_000
/** The first one comes sooner. */
const firstRenewalMs = 2_000

const dayMs = 86_400_000
/** The rate of runs follows about this many renewals. */
const rateWeight = 1 / 6

/**
 * The evidence channels of one pool over one table of fingerprints. Knows no time but what it is
 * told, acts on nothing, and allocates nothing per run.
 */
export class Detector {
  readonly fingerprints: FingerprintTable
  readonly rings: DuelRings = new DuelRings()
  readonly shift: ShiftChannel = new ShiftChannel()
  readonly tail: TailChannel = new TailChannel(this.rings)
  readonly errors: ErrorChannel = new ErrorChannel()
  readonly ageing: AgeingChannel = new AgeingChannel()
  readonly #slowness: Slowness = new Slowness()
  readonly #probes: number
  readonly #falseRecyclesPerConnectionDay: number
  #runsSinceRenewal = 0
  #renewedAt: number | undefined
  #runsPerConnectionDay = Number.NaN

  constructor(options: { readonly falseRecyclesPerConnectionDay: number }) {
    this.#falseRecyclesPerConnectionDay = options.falseRecyclesPerConnectionDay
    this.fingerprints = new FingerprintTable({
      onEvict: (slot) => {
        this.rings.forgetSlot(slot)
        this.tail.forgetSlot(slot)
        this.#slowness.forgetSlot(slot)
      },
    })
    this.#probes = this.fingerprints.reserve('an empty query of the pool')
  }

  /** Takes in a statement that succeeded. The hot path. */
  recordRun(record: DuelRecord, fingerprint: number, durationMs: number, now: number): void {
    this.errors.recordSuccess(record)
    if (!isQuantity(durationMs) || !this.fingerprints.isCurrent(fingerprint)) return
    record.runs += 1
    this.#runsSinceRenewal += 1
    if (record.runs <= probationRuns) return
    const slot = fingerprint % fingerprintSlots
    const { connectionId } = record
    const score = this.rings.rank(slot, connectionId, durationMs, now)
    this.tail.record(record, slot, durationMs, now)
    this.#slowness.record(slot, durationMs)
    this.rings.add(slot, connectionId, durationMs, now)
    if (!Number.isNaN(score)) this.ageing.record(record, this.shift.record(record, score))
  }

  /**
   * Takes in an answered probe, which duels with those of the others. A probe that belongs to a
   * confirmation does not: it was sent because of what is in doubt.
   */
  recordProbe(record: DuelRecord, rttMs: number, now: number): void {
    if (record.isBeingConfirmed || record.isReference || !isQuantity(rttMs)) return
    const slot = this.#probes % fingerprintSlots
    const { connectionId } = record
    const score = this.rings.rank(slot, connectionId, rttMs, now)
    this.rings.add(slot, connectionId, rttMs, now)
    if (Number.isNaN(score)) return
    this.shift.endLease(record)
    this.shift.record(record, score)
    this.shift.endLease(record)
  }

  endLease(record: DuelRecord): void {
    this.shift.endLease(record)
    this.tail.endLease(record)
  }

  forget(record: DuelRecord): void {
    this.rings.forgetConnection(record.connectionId)
    this.tail.forget(record)
  }

  /** Runs per day of a connection of this pool; `NaN` until it is known. */
  get runsPerConnectionDay(): number {
    return this.#runsPerConnectionDay
  }

  /** Whether it is time to fit the limits anew. */
  isRenewalDue(now: number): boolean {
    this.#renewedAt ??= now
    const isFirst = Number.isNaN(this.#runsPerConnectionDay)
    return now - this.#renewedAt >= (isFirst ? firstRenewalMs : renewalMs)
  }

  /** Fits the limits to the budget, the traffic and the noise. Gives back how slow the pool is. */
  renew(records: readonly DuelRecord[], now: number): SlownessReport {
    const elapsedMs = Math.max(1, now - (this.#renewedAt ?? now))
    this.#renewedAt = now
    const found = (this.#runsSinceRenewal / Math.max(1, records.length)) * (dayMs / elapsedMs)
    this.#runsSinceRenewal = 0
    const known = this.#runsPerConnectionDay
    this.#runsPerConnectionDay = Number.isNaN(known) ? found : known + (found - known) * rateWeight
    const runsPerRecycle = this.#runsPerConnectionDay / this.#falseRecyclesPerConnectionDay
    const suspicionsPerDay = suspicionsPerRecycle * this.#falseRecyclesPerConnectionDay
    const allowed = (suspicionsPerDay * records.length * elapsedMs) / dayMs
    this.shift.renewLimit(runsPerRecycle / suspicionsPerRecycle, allowed)
    this.ageing.renewLimit(this.shift.limit)
    this.tail.renewLimit(runsPerRecycle)
    this.tail.fade(records)
    return this.#slowness.renew()
  }

  view(record: DuelRecord): DuelView {
    return {
      duels: record.duels,
      meanScore: record.duels < minDuels ? undefined : record.meanScore,
      shiftSuspicion: this.shift.suspicion(record),
      tailSuspicion: this.tail.suspicion(record),
      errorSuspicion: this.errors.suspicion(record),
      isBeingConfirmed: record.isBeingConfirmed,
    }
  }
}
