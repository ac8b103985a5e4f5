import type { HealthAwarePool } from '../health-aware-pool.ts'
import type { PoolVitals } from '../pool-vitals.ts'
import type { ReplicaPolicy } from './manager-options.ts'
import { NoReplicaError, type ReplicaRefusal } from './no-replica-error.ts'
import type { PoolRole } from './placement.ts'

/** A pool that has a role. */
export interface Member {
  readonly name: string
  readonly pool: HealthAwarePool
  /** As it was registered. */
  readonly role: PoolRole
  readonly vitals: Pick<
    PoolVitals,
    | 'hasBeenStandby'
    | 'ills'
    | 'inHotStandby'
    | 'isServing'
    | 'isWarm'
    | 'lagMs'
    | 'load'
    | 'systemIdentifier'
  >
}

/** How a pool with a role stands when `replica()` and `primary()` choose. */
export interface PoolStanding {
  readonly name: string
  readonly group: string
  /** As it was registered. */
  readonly role: PoolRole
  /** What it counts as, by what its server says of itself. */
  readonly countsAs: PoolRole
  /** Whether the pool is open and its server answers, as far as is known. */
  readonly isServing: boolean
  /** Too far behind to be chosen while another will do. */
  readonly isBehind: boolean
  /** How far a standby is behind, ms; `undefined` where that is not known. */
  readonly lagMs: number | undefined
  /** Connections that are not idle, and callers that wait for one, as a share of `max`. */
  readonly loadRatio: number
}

interface Seat extends Member {
  /** Too far behind, until it has caught up with half of that. */
  isBehind: boolean
}

/** Beyond every rank of a replica that is near enough. */
const BEHIND = 1_000
/** What ills count for: more than any lag that is near enough. */
const PER_ILL = 64
/** Lags below are alike, ms: it is less than what passes between two measurements. */
const ALIKE_MS = 250
/** What a lag that is not known is taken for, ms. */
const UNKNOWN_LAG_MS = 1_000

/**
 * A primary and its replicas. What is chosen follows from what the pools know at that instant; all that is
 * kept between two choices is whose turn it is, who is the primary, and who is behind.
 */
export class PoolGroup {
  readonly name: string
  readonly #policy: ReplicaPolicy
  readonly #seats: Seat[] = []
  #turn = 0
  #primary: Seat | undefined

  constructor(name: string, policy: ReplicaPolicy) {
    this.name = name
    this.#policy = policy
  }

  get members(): readonly Member[] {
    return this.#seats
  }

  add(member: Member): void {
    this.#seats.push({ ...member, isBehind: false })
  }

  remove(pool: HealthAwarePool): void {
    const index = this.#seats.findIndex((seat) => seat.pool === pool)
    const [seat] = index < 0 ? [] : this.#seats.splice(index, 1)
    if (seat === this.#primary) this.#primary = undefined
  }

  /** What a pool is, by what its server says of itself where that is to be believed. */
  #roleOf({ role, vitals, pool }: Member): PoolRole {
    const { inHotStandby } = vitals
    if (inHotStandby === undefined || inHotStandby === (role === 'replica')) return role
    if (inHotStandby) return 'replica'
    // what never followed our primary may be a copy of another kind, which no write belongs on
    return vitals.hasBeenStandby || this.#isKin(pool, vitals.systemIdentifier)
      ? 'primary'
      : 'replica'
  }

  #isKin(pool: HealthAwarePool, system: string | undefined): boolean {
    if (system === undefined) return false
    return this.#seats.some(
      (other) => other.pool !== pool && other.vitals.systemIdentifier === system,
    )
  }

  /** Who takes writes: stays who it is for as long as it serves. `undefined` where there is none. */
  primary(): Member | undefined {
    const present = this.#primary
    if (present !== undefined && this.#takesWrites(present)) return present
    const configured = this.#seats.find(({ role }) => role === 'primary')
    const isFit = configured !== undefined && this.#takesWrites(configured)
    const found = isFit ? configured : this.#seats.find((seat) => this.#takesWrites(seat))
    if (found !== undefined) this.#primary = found
    return found ?? present ?? configured
  }

  #takesWrites(seat: Seat): boolean {
    return seat.vitals.isServing && this.#roleOf(seat) === 'primary'
  }

  /** @throws {NoReplicaError} when none is fit and the policy wants to know; `undefined` without members */
  replica(): Member | undefined {
    const { replicaFallback } = this.#policy
    const best = this.#best()
    if (best !== undefined && !best.isBehind) return best
    if (replicaFallback === 'error') throw new NoReplicaError(this.name, this.#refusals())
    if (replicaFallback === 'any' && best !== undefined) return best
    const primary = this.primary()
    if (primary?.vitals.isServing) return primary
    return best ?? primary ?? this.#seats[0]
  }

  /** Whether `replica()` would give a replica that is near enough. Takes no turn. */
  get hasFitReplica(): boolean {
    return this.#seats.some((seat) => this.#isUsable(seat) && !this.#isBehind(seat))
  }

  standings(): readonly PoolStanding[] {
    return this.#seats.map((seat) => ({
      name: seat.name,
      group: this.name,
      role: seat.role,
      countsAs: this.#roleOf(seat),
      isServing: seat.vitals.isServing,
      isBehind: this.#isBehind(seat),
      lagMs: seat.vitals.lagMs,
      loadRatio: seat.vitals.load,
    }))
  }

  /** The best replica that serves at all; among equals whose turn it is. */
  #best(): Seat | undefined {
    const { length } = this.#seats
    let best: Seat | undefined
    let bestRank = Number.POSITIVE_INFINITY
    let bestLoad = Number.POSITIVE_INFINITY
    let turn = this.#turn
    for (let step = 0; step < length; step += 1) {
      const index = (this.#turn + step) % length
      const seat = this.#seats[index]
      if (seat === undefined || !this.#isUsable(seat)) continue
      const rank = this.#rankOf(seat)
      if (rank > bestRank) continue
      const { load } = seat.vitals
      if (rank === bestRank && load >= bestLoad) continue
      best = seat
      bestRank = rank
      bestLoad = load
      turn = index + 1
    }
    this.#turn = turn
    return best
  }

  #isUsable(seat: Seat): boolean {
    return this.#roleOf(seat) === 'replica' && seat.vitals.isServing
  }

  /** Less is better: who is near enough, then who is well, then who lags least. */
  #rankOf(seat: Seat): number {
    const { ills, lagMs, isWarm } = seat.vitals
    const behind = this.#isBehind(seat) ? BEHIND : 0
    // one that nobody is connected to gets its chance: its lag is known as soon as somebody is
    const lag = lagMs ?? (isWarm ? UNKNOWN_LAG_MS : 0)
    return behind + ills * PER_ILL + lagBand(lag)
  }

  /** Whether a seat is too far behind; once it is, it has to come as near as half of the limit. */
  #isBehind(seat: Seat): boolean {
    const { maxReplicaLagMs } = this.#policy
    const { lagMs } = seat.vitals
    if (maxReplicaLagMs === false || lagMs === undefined) seat.isBehind = false
    else seat.isBehind = lagMs > (seat.isBehind ? maxReplicaLagMs / 2 : maxReplicaLagMs)
    return seat.isBehind
  }

  #refusals(): Readonly<Record<string, ReplicaRefusal>> {
    const refused: [string, ReplicaRefusal][] = []
    for (const seat of this.#seats) {
      if (seat.role === 'primary' && this.#roleOf(seat) === 'primary') continue
      refused.push([seat.name, this.#refusalOf(seat)])
    }
    return Object.fromEntries(refused)
  }

  #refusalOf(seat: Seat): ReplicaRefusal {
    if (!seat.vitals.isServing) return 'not-serving'
    return this.#roleOf(seat) === 'primary' ? 'promoted' : 'lagging'
  }
}

/** 0 for lags that are alike; one more each time that it doubles, so that noise decides nothing. */
function lagBand(lagMs: number): number {
  return lagMs <= ALIKE_MS ? 0 : Math.ceil(Math.log2(lagMs / ALIKE_MS))
}
