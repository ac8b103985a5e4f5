import type { Clock } from '../clock.ts'
import type { Fault, FaultScope } from '../faults/fault.ts'
import { DecayingCounts } from './decaying-counts.ts'
import { ProbeRing } from './probe-ring.ts'
import { RecentFloor } from './recent-floor.ts'

/** In this time a fault's weight halves. */
const faultHalfLifeMs = 120_000
/** Probe round trips older than this say nothing about the path as it is now. */
const probeMemoryMs = 60_000
/** The mean follows about this many of the latest statements. */
const meanSamples = 64
/** Statements that a floor looks at, and the fewest that make one. */
const floorQueries = 16
/** Fewest statements that count as evidence. */
export const minQueries = 8
/** Fewest probe round trips that count as evidence. */
export const minProbes = 3

const scopes: readonly FaultScope[] = [
  'statement',
  'connection',
  'server',
  'role',
  'plan',
  'unknown',
]

/** A number per fault scope. */
export type FaultCounts = Readonly<Record<FaultScope, number>>

/** What was measured on one connection; plain JSON, a copy. */
export interface MetricsSnapshot {
  /** Statements that ran to their end, failed ones included. */
  readonly attemptsTotal: number
  /** Mean of about the latest 64 statement times in ms, for people; nothing is decided by it. */
  readonly queryMeanMs: number | undefined
  readonly queryFloorMs: number | undefined
  readonly probeFloorMs: number | undefined
  readonly probesTotal: number
  readonly probeTimeoutsTotal: number
  /** Decayed with a half-life of 2 min. */
  readonly faultsByScope: FaultCounts
  readonly faultsByScopeTotal: FaultCounts
  readonly deadlocksTotal: number
  readonly timeoutsTotal: number
  readonly disconnectionsTotal: number
  /** Leases that ended. */
  readonly usesTotal: number
  readonly leasedMsTotal: number
  readonly transactionsTotal: number
  readonly rollbacksTotal: number
  readonly transactionMsTotal: number
}

/**
 * What was measured on one connection. O(1) memory, no allocation per record. Durations that are
 * negative or not finite are ignored, as are instants before the latest one (they count as the
 * latest one).
 */
export class ConnectionHealthMetrics {
  // Invariants: every …Total only grows; `#meanMs` is 0 until the first statement.
  readonly #clock: Clock
  readonly #queries: RecentFloor = new RecentFloor(floorQueries, minQueries)
  readonly #probes: ProbeRing = new ProbeRing(minProbes)
  readonly #faults: DecayingCounts = new DecayingCounts(scopes.length, faultHalfLifeMs)
  readonly #faultsTotal: Float64Array = new Float64Array(scopes.length)
  #attempts = 0
  #meanMs = 0
  #probesTotal = 0
  #probeTimeouts = 0
  #probedAt: number | undefined
  #deadlocks = 0
  #timeouts = 0
  #disconnections = 0
  #uses = 0
  #leasedMs = 0
  #transactions = 0
  #rollbacks = 0
  #transactionMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A statement ended, whether it failed or not. The hot path. */
  recordQuery(durationMs: number): void {
    if (!isDuration(durationMs)) return
    this.#attempts += 1
    this.#queries.add(durationMs)
    this.#meanMs += (durationMs - this.#meanMs) / Math.min(this.#attempts, meanSamples)
  }

  /**
   * A statement, or the connection itself, failed. Does not count as an attempt: `recordQuery`
   * does.
   */
  recordFault(fault: Fault, now: number = this.#clock.now()): void {
    const index = scopes.indexOf(fault.scope)
    if (index >= 0) {
      this.#faults.add(index, now)
      this.#faultsTotal[index] = (this.#faultsTotal[index] ?? 0) + 1
    }
    switch (fault.kind) {
      case 'deadlock':
        this.#deadlocks += 1
        break
      case 'lock_timeout':
      case 'statement_timeout':
      case 'query_timeout':
      case 'connection_timeout':
        this.#timeouts += 1
        break
      case 'transaction_timeout':
        this.#timeouts += 1
        this.#disconnections += 1
        break
      case 'connection_lost':
      case 'session_terminated':
        this.#disconnections += 1
        break
    }
  }

  /** A probe was answered after `rttMs`. */
  recordProbe(rttMs: number, now: number = this.#clock.now()): void {
    if (!isDuration(rttMs)) return
    this.#probesTotal += 1
    this.#probedAt = now
    this.#probes.add(rttMs, now)
  }

  /** A probe got no answer in time. It has no round trip, so it moves no floor. */
  recordProbeTimeout(now: number = this.#clock.now()): void {
    this.#probeTimeouts += 1
    this.#probedAt = now
  }

  /** A lease ended. */
  recordLease(leasedMs: number): void {
    if (!isDuration(leasedMs)) return
    this.#uses += 1
    this.#leasedMs += leasedMs
  }

  /** A transaction ended, by COMMIT or by ROLLBACK. */
  recordTransaction(durationMs: number, rolledBack: boolean): void {
    if (!isDuration(durationMs)) return
    this.#transactions += 1
    this.#transactionMs += durationMs
    if (rolledBack) this.#rollbacks += 1
  }

  /** Statements that ran to their end. */
  get attempts(): number {
    return this.#attempts
  }

  /** Probes that were answered. */
  get probes(): number {
    return this.#probesTotal
  }

  /** When the latest probe ended, answered or not; `undefined` before the first. */
  get probedAt(): number | undefined {
    return this.#probedAt
  }

  /** Leases that ended. */
  get uses(): number {
    return this.#uses
  }

  /**
   * Faults that count against the connection (scopes connection, role and plan), decayed by `now`.
   */
  faultsAgainst(now: number): number {
    return this.faults('connection', now) + this.faults('role', now) + this.faults('plan', now)
  }

  /** Faults of one scope, decayed by `now` with a half-life of 2 min; never negative. */
  faults(scope: FaultScope, now: number): number {
    return this.#faults.at(scopes.indexOf(scope), now)
  }

  /** Smallest of the latest 16 statement times in ms; `undefined` below 8. */
  queryFloorMs(): number | undefined {
    return this.#queries.floorMs()
  }

  /** Smallest of the latest 5 probe round trips in ms; `undefined` below 3 in the last minute. */
  probeFloorMs(): number | undefined {
    return this.#probes.floorMs(this.#clock.now() - probeMemoryMs)
  }

  /** When the oldest round trip came back that `probeFloorMs()` looks at. */
  probeFloorSince(): number | undefined {
    return this.#probes.oldestAt(this.#clock.now() - probeMemoryMs)
  }

  /** The latest probe round trip in ms, if it came back at `since` or later. */
  latestProbeMs(since: number): number | undefined {
    return this.#probes.latestMs(since)
  }

  /** A copy as plain JSON; `undefined` where there is too little evidence. */
  snapshot(now: number = this.#clock.now()): MetricsSnapshot {
    return {
      attemptsTotal: this.#attempts,
      queryMeanMs: this.#attempts === 0 ? undefined : this.#meanMs,
      queryFloorMs: this.queryFloorMs(),
      probeFloorMs: this.probeFloorMs(),
      probesTotal: this.#probesTotal,
      probeTimeoutsTotal: this.#probeTimeouts,
      faultsByScope: countsBy((scope) => this.faults(scope, now)),
      faultsByScopeTotal: countsBy((scope) => this.#faultsTotal[scopes.indexOf(scope)] ?? 0),
      deadlocksTotal: this.#deadlocks,
      timeoutsTotal: this.#timeouts,
      disconnectionsTotal: this.#disconnections,
      usesTotal: this.#uses,
      leasedMsTotal: this.#leasedMs,
      transactionsTotal: this.#transactions,
      rollbacksTotal: this.#rollbacks,
      transactionMsTotal: this.#transactionMs,
    }
  }
}

function isDuration(durationMs: number): boolean {
  return durationMs >= 0 && durationMs < Number.POSITIVE_INFINITY
}

function countsBy(count: (scope: FaultScope) => number): FaultCounts {
  return {
    statement: count('statement'),
    connection: count('connection'),
    server: count('server'),
    role: count('role'),
    plan: count('plan'),
    unknown: count('unknown'),
  }
}
