import type { Fault, FaultScope } from '../faults/fault.ts'
import { DecayingCounts } from './decaying-counts.ts'
import { numberRow } from './number-row.ts'

/** What is counted on a connection: a fault under its scope, and under its kind if it has one. */
export type CountedEvent =
  | 'attempt'
  | FaultScope
  | 'deadlock'
  | 'serialization_failure'
  | 'timeout'
  | 'disconnection'

/** In this time the weight of an event halves. */
const halfLifeMs = 120_000

const slots: Readonly<Record<CountedEvent, number>> = {
  attempt: 0,
  statement: 1,
  connection: 2,
  server: 3,
  role: 4,
  plan: 5,
  unknown: 6,
  deadlock: 7,
  serialization_failure: 8,
  timeout: 9,
  disconnection: 10,
}
const size = 11
const scopes: readonly FaultScope[] = [
  'statement',
  'connection',
  'server',
  'role',
  'plan',
  'unknown',
]

/** The rate per minute that a decayed count stands for, if it goes on like that. */
export function perMinute(recent: number): number {
  return (recent * Math.LN2 * 60_000) / halfLifeMs
}

/** Fewest recent statements that make a ratio. */
export const minRatioAttempts = 32

/** A number per fault scope. */
export type FaultCounts = Readonly<Record<FaultScope, number>>

/** What happened on a connection, since ever and lately. */
export interface EventSnapshot {
  /** Statements that ran to their end, failed ones included. */
  readonly attemptsTotal: number
  readonly recentAttempts: number
  /** Decayed with a half-life of 2 min. */
  readonly faultsByScope: FaultCounts
  readonly faultsByScopeTotal: FaultCounts
  /** Recent faults against the connection per recent statement; `undefined` below 32 of these. */
  readonly errorRatio: number | undefined
  readonly deadlocksTotal: number
  readonly recentDeadlocks: number
  readonly serializationFailuresTotal: number
  readonly recentSerializationFailures: number
  readonly timeoutsTotal: number
  readonly recentTimeouts: number
  /** Sessions that ended by a fault; one at most, but for proxies that go on with another. */
  readonly disconnectionsTotal: number
  readonly recentDisconnections: number
}

/**
 * How often things happened on one connection: since ever, and with a half-life of 2 min. Attempts
 * and faults decay alike, so that their ratios are those of the last minutes.
 */
export class EventCounts {
  readonly #totals: number[] = numberRow(size)
  readonly #recent: DecayingCounts

  constructor(now: number) {
    this.#recent = new DecayingCounts(size, halfLifeMs, now)
  }

  /** Brings the decayed counts up to date; to be called every few seconds, as by a sweep. */
  renew(now: number): void {
    this.#recent.renew(now)
  }

  /** The hot path. */
  countAttempt(): void {
    this.#count(slots.attempt)
  }

  countFault(fault: Fault, now: number): void {
    if (!scopes.includes(fault.scope)) return // an application may hand in anything
    this.renew(now)
    this.#count(slots[fault.scope])
    const kind = kindOf(fault)
    if (kind !== undefined) this.#count(slots[kind])
    if (fault.endsSession && fault.scope === 'connection') this.#count(slots.disconnection)
  }

  total(event: CountedEvent): number {
    return this.#totals[slots[event]] ?? 0
  }

  /** Decayed by `now`; never negative, never above the total. */
  recent(event: CountedEvent, now: number): number {
    return this.#recent.at(slots[event], now)
  }

  /** Faults against the connection (scopes connection, role and plan), decayed by `now`. */
  recentFaultsAgainst(now: number): number {
    const { connection, role, plan } = slots
    const recent = this.#recent
    return recent.at(connection, now) + recent.at(role, now) + recent.at(plan, now)
  }

  /** These per statement, 0..1; `undefined` below 32 recent statements. */
  errorRatio(now: number): number | undefined {
    const attempts = this.recent('attempt', now)
    if (attempts < minRatioAttempts) return undefined
    return Math.min(1, this.recentFaultsAgainst(now) / attempts)
  }

  snapshot(now: number): EventSnapshot {
    return {
      attemptsTotal: this.total('attempt'),
      recentAttempts: this.recent('attempt', now),
      faultsByScope: byScope((scope) => this.recent(scope, now)),
      faultsByScopeTotal: byScope((scope) => this.total(scope)),
      errorRatio: this.errorRatio(now),
      deadlocksTotal: this.total('deadlock'),
      recentDeadlocks: this.recent('deadlock', now),
      serializationFailuresTotal: this.total('serialization_failure'),
      recentSerializationFailures: this.recent('serialization_failure', now),
      timeoutsTotal: this.total('timeout'),
      recentTimeouts: this.recent('timeout', now),
      disconnectionsTotal: this.total('disconnection'),
      recentDisconnections: this.recent('disconnection', now),
    }
  }

  #count(slot: number): void {
    this.#totals[slot] = (this.#totals[slot] ?? 0) + 1
    this.#recent.add(slot)
  }
}

function kindOf({ kind }: Fault): CountedEvent | undefined {
  switch (kind) {
    case 'deadlock':
    case 'serialization_failure':
      return kind
    case 'lock_timeout':
    case 'statement_timeout':
    case 'query_timeout':
    case 'transaction_timeout':
    case 'connection_timeout':
      return 'timeout'
    default:
      return undefined
  }
}

function byScope(count: (scope: FaultScope) => number): FaultCounts {
  return {
    statement: count('statement'),
    connection: count('connection'),
    server: count('server'),
    role: count('role'),
    plan: count('plan'),
    unknown: count('unknown'),
  }
}
