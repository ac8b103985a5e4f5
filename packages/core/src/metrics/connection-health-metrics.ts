import type { Clock } from '../clock.ts'
import { DuelRecord } from '../detection/duel-record.ts'
import type { Fault, FaultScope } from '../faults/fault.ts'
import { type CountedEvent, EventCounts } from './event-counts.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import type { MetricsSnapshot } from './metrics-snapshot.ts'
import { OperationRecord } from './operation.ts'
import type { ProbeKind } from './probe-kind.ts'
import { ProbeRecord } from './probe-record.ts'
import { isQuantity } from './quantity.ts'
import type { ServerReport } from './server-report.ts'
import { ServerReports } from './server-reports.ts'
import { UsageRecord } from './usage-record.ts'

/** The mean follows about this many of the latest statements. */
const meanSamples = 64
/** Fewest statements that count as evidence. */
export const minQueries = 8

/**
 * What was measured on one connection. O(1) memory, and no allocation per record. Durations that
 * are negative or not finite are ignored; instants that are not finite, or before the latest one,
 * count as the latest one.
 *
 * Whoever sweeps calls `renew` every few seconds at most: statements carry no instant of their own,
 * so they weigh as if they had ended at the renewal before.
 */
export class ConnectionHealthMetrics {
  // Invariants: every …Total only grows; `#meanMs` is 0 until the first statement.
  /** @internal What the duels know of this connection. */
  readonly duels: DuelRecord = new DuelRecord()
  /** What it runs, in the words of whoever built it. */
  readonly operation: OperationRecord = new OperationRecord()
  readonly #clock: Clock
  readonly #events: EventCounts
  readonly #latency: LatencyHistogram
  readonly #probes: ProbeRecord = new ProbeRecord()
  readonly #usage: UsageRecord = new UsageRecord()
  #openedAt: number
  #attempts = 0
  #meanMs = 0
  readonly #reports: ServerReports = new ServerReports()

  constructor(clock: Clock) {
    const now = clock.now()
    this.#clock = clock
    this.#openedAt = now
    this.#events = new EventCounts(now)
    this.#latency = new LatencyHistogram(now)
  }

  // recording

  /** The connection is open as of `now`; without this, as of the construction. */
  opened(now: number): void {
    if (Number.isFinite(now)) this.#openedAt = now
  }

  /** Renews what decays: the one place that pays for a power. */
  renew(now: number): void {
    this.#events.renew(now)
    this.#latency.renew(now)
  }

  /** A statement ended, whether it failed or not. The hot path. */
  recordQuery(durationMs: number): void {
    if (!isQuantity(durationMs)) return
    this.#attempts += 1
    this.#events.countAttempt()
    this.#latency.add(durationMs)
    this.#meanMs += (durationMs - this.#meanMs) / Math.min(this.#attempts, meanSamples)
  }

  /**
   * A statement, or the connection itself, failed. Does not count as an attempt: `recordQuery`
   * does.
   */
  recordFault(fault: Fault, now: number = this.#clock.now()): void {
    this.#events.countFault(fault, now)
  }

  /** A probe was answered after `rttMs`. */
  recordProbe(kind: ProbeKind, rttMs: number, now: number = this.#clock.now()): void {
    this.#probes.recordAnswer(kind, rttMs, now)
  }

  /** A probe got no answer in time. It has no round trip, so it moves no floor. */
  recordProbeTimeout(now: number = this.#clock.now()): void {
    this.#probes.recordTimeout(now)
  }

  /** A lease ended. */
  recordLease(leasedMs: number): void {
    this.#usage.recordLease(leasedMs)
  }

  /** A transaction began; one that is open already stays the one. */
  beginTransaction(now: number): void {
    this.#usage.beginTransaction(now)
  }

  /** The transaction ended, by COMMIT or by ROLLBACK. */
  recordTransaction(durationMs: number, rolledBack: boolean): void {
    this.#usage.recordTransaction(durationMs, rolledBack)
  }

  /** The socket's own counters, pulled before a snapshot so that no statement has to be weighed. */
  setBytes(read: number, written: number): void {
    this.#usage.setBytes(read, written)
  }

  /**
   * What the server says of this backend. Takes the place of what it said before, so say `undefined`
   * of a backend about which there is nothing to tell any more. Copied, unless it is a copy that
   * `copyServerReport` made.
   */
  reportServer(report: ServerReport | undefined, now: number = this.#clock.now()): void {
    this.#reports.report(report, Number.isFinite(now) ? now : this.#clock.now())
  }

  /**
   * How much memory the backend has allocated for itself. Holds for 10 min, whatever is reported in
   * between, and is part of `serverReport`.
   */
  reportMemory(bytes: number, now: number = this.#clock.now()): void {
    this.#reports.reportMemory(bytes, Number.isFinite(now) ? now : this.#clock.now())
  }

  // reading

  /** When it was opened, monotonic ms. */
  get openedAt(): number {
    return this.#openedAt
  }

  /** Statements that ran to their end. */
  get attempts(): number {
    return this.#attempts
  }

  /** Probes that were answered, of either kind. */
  get probes(): number {
    return this.#probes.answered
  }

  /** When the latest probe ended, answered or not; `undefined` before the first. */
  get probedAt(): number | undefined {
    return this.#probes.endedAt
  }

  /** Leases that ended. */
  get uses(): number {
    return this.#usage.uses
  }

  /** When the open transaction began; `undefined` while none is open. */
  get transactionSince(): number | undefined {
    return this.#usage.transactionSince
  }

  /** How often something happened lately, decayed by `now` with a half-life of 2 min. */
  recent(event: CountedEvent, now: number): number {
    return this.#events.recent(event, now)
  }

  /** Statements of the last minutes, decayed like the faults, so that ratios of both make sense. */
  recentAttempts(now: number): number {
    return this.#events.recent('attempt', now)
  }

  /** Faults of one scope, decayed by `now` with a half-life of 2 min; never negative. */
  faults(scope: FaultScope, now: number): number {
    return this.#events.recent(scope, now)
  }

  /**
   * Faults that count against the connection (scopes connection, role and plan), decayed by `now`.
   */
  faultsAgainst(now: number): number {
    return this.#events.recentFaultsAgainst(now)
  }

  /** Faults against the connection per statement, 0..1; `undefined` below 32 recent statements. */
  errorRatio(now: number): number | undefined {
    return this.#events.errorRatio(now)
  }

  /** Statements that `quantileMs` rests on, decayed by `now` with a half-life of 60 s. */
  latencyWeight(now: number): number {
    return this.#latency.weight(now)
  }

  /**
   * The statement time in ms that a share `q` of the recent statements does not exceed; `undefined`
   * below 8 of them.
   */
  quantileMs(q: number, now: number = this.#clock.now()): number | undefined {
    return this.#latency.quantile(q, now)
  }

  /**
   * Smallest of the latest 5 round trips of an empty query in ms; `undefined` below 3 in the last
   * minute.
   */
  probeFloorMs(now: number = this.#clock.now()): number | undefined {
    return this.#probes.floorMs(now)
  }

  /**
   * What the server last said, with the backend's memory; `undefined` where that is nothing, and
   * after a minute of silence, save for the memory. Frozen to the bottom.
   */
  serverReport(now: number): ServerReport | undefined {
    return this.#reports.latest(now)
  }

  /** A deep copy as plain JSON; `undefined` where there is too little evidence. */
  snapshot(now: number = this.#clock.now()): MetricsSnapshot {
    return {
      ageMs: Math.max(0, now - this.#openedAt),
      queryMeanMs: this.#attempts === 0 ? undefined : this.#meanMs,
      p50Ms: this.quantileMs(0.5, now),
      p95Ms: this.quantileMs(0.95, now),
      p99Ms: this.quantileMs(0.99, now),
      ...this.#events.snapshot(now),
      ...this.#probes.snapshot(now),
      ...this.#usage.snapshot(now),
      server: this.serverReport(now),
    }
  }
}
