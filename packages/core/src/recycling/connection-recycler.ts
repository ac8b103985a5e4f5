import type { ConnectionHealthAssessment } from '../assessment/connection-health-assessment.ts'
import type { HealthMode } from '../options/health-options.ts'
import { evictCauseOf, isStatistical } from './evict-cause-of.ts'
import type { EvictCause, RecycleCause, RetireCause } from './recycle-cause.ts'
import type { Recycling } from './recycling-options.ts'

/** What the policy sees of one connection. */
export interface ConnectionView {
  readonly connectionId: number
  /** Monotonic ms. */
  readonly openedAt: number
  /** From `drawDeadline`; `Infinity` for no limit. */
  readonly deadlineAt: number
  /** Leases that ended. */
  readonly uses: number
  /** `Infinity` for no limit. */
  readonly maxUses: number
  /** Time since the last lease in ms; `undefined` while it is not idle. */
  readonly idleMs: number | undefined
  /** `false` for no limit. */
  readonly idleTimeoutMs: number | false
  readonly assessment: ConnectionHealthAssessment
}

/** What the policy sees of the pool. */
export interface PoolView {
  /** Connections that the pool holds, idle or not. */
  readonly total: number
  /** Those of them whose status is `unhealthy`. */
  readonly unhealthy: number
  /** Connections that idleness never takes. */
  readonly min: number
}

/** What is to happen to one connection. `heldBack` says what kept it from being evicted. */
export type Verdict =
  | { readonly action: 'keep'; readonly heldBack?: 'mode' | 'budget' | 'panic' }
  | { readonly action: 'retire'; readonly cause: RetireCause }
  | { readonly action: 'evict'; readonly cause: EvictCause }

/** How often connections were recycled, by cause. */
export type RecycleCounts = Readonly<Record<RecycleCause, number>>

const keep: Verdict = Object.freeze({ action: 'keep' })

/**
 * Decides which connections to replace; closes none itself. Whoever carries a verdict out says so
 * with `recordRecycle` before it asks about the next connection, because evictions have a budget.
 */
export class ConnectionRecycler {
  // Invariant: `#evictedAt` ascends and holds only statistical evictions of the latest window.
  readonly #recycling: Recycling
  readonly #mode: HealthMode
  readonly #random: () => number
  readonly #evictedAt: number[] = []
  readonly #counts: Record<RecycleCause, number> = {
    lifetime: 0,
    uses: 0,
    idle: 0,
    operator: 0,
    'pool-closed': 0,
    lost: 0,
    unresponsive: 0,
    latency: 0,
    faults: 0,
    role: 0,
    plan: 0,
    busy: 0,
    transaction: 0,
    'released-with-error': 0,
    hook: 0,
  }

  /** `random` gives numbers from 0 to 1, as `Math.random` does. */
  constructor(options: {
    readonly recycling: Recycling
    readonly mode: HealthMode
    readonly random: () => number
  }) {
    this.#recycling = options.recycling
    this.#mode = options.mode
    this.#random = options.random
  }

  /**
   * Instant past which the connection is not lent again, drawn once. Jitter only brings it forward.
   */
  drawDeadline(openedAt: number): number {
    const { maxLifetimeMs, jitterRatio } = this.#recycling
    if (maxLifetimeMs === false) return Number.POSITIVE_INFINITY
    const draw = this.#random()
    const share = draw >= 0 && draw <= 1 ? draw : 0 // a `random` of the application may be wrong
    return openedAt + maxLifetimeMs * (1 - jitterRatio * share)
  }

  /** What to do with one connection at `now`. A connection held back may still be retired. */
  decide(view: ConnectionView, pool: PoolView, now: number): Verdict {
    const verdict = this.#judge(view.assessment, pool, now)
    if (verdict.action === 'evict') return verdict
    const cause = retireCauseOf(view, pool, now)
    return cause === undefined ? verdict : { action: 'retire', cause }
  }

  /** Counts a recycled connection; a statistical eviction uses up budget. */
  recordRecycle(cause: RecycleCause, now: number): void {
    this.#counts[cause] += 1
    if (!isStatistical(cause)) return
    this.#forgetOld(now)
    this.#evictedAt.push(Math.max(now, this.#evictedAt.at(-1) ?? now))
  }

  /** How often connections were recycled, by cause; a copy. */
  get counts(): RecycleCounts {
    return { ...this.#counts }
  }

  #judge(assessment: ConnectionHealthAssessment, pool: PoolView, now: number): Verdict {
    const cause = evictCauseOf(assessment)
    if (cause === undefined) return keep
    if (this.#mode === 'observe') return { action: 'keep', heldBack: 'mode' }
    if (!isStatistical(cause)) return { action: 'evict', cause }
    if (pool.unhealthy > this.#recycling.panicRatio * pool.total) {
      return { action: 'keep', heldBack: 'panic' }
    }
    if (!this.#hasBudget(pool, now)) return { action: 'keep', heldBack: 'budget' }
    return { action: 'evict', cause }
  }

  #hasBudget(pool: PoolView, now: number): boolean {
    this.#forgetOld(now)
    return (
      this.#evictedAt.length < Math.max(1, Math.floor(this.#recycling.maxEvictedRatio * pool.total))
    )
  }

  #forgetOld(now: number): void {
    const since = now - this.#recycling.evictionWindowMs
    while ((this.#evictedAt[0] ?? Number.POSITIVE_INFINITY) <= since) this.#evictedAt.shift()
  }
}

function retireCauseOf(view: ConnectionView, pool: PoolView, now: number): RetireCause | undefined {
  if (view.uses >= view.maxUses) return 'uses'
  if (now >= view.deadlineAt) return 'lifetime'
  if (view.idleMs === undefined || view.idleTimeoutMs === false) return undefined
  return view.idleMs >= view.idleTimeoutMs && pool.total > pool.min ? 'idle' : undefined
}
