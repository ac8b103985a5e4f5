import type { ConnectionHealthAssessment } from '../assessment/connection-health-assessment.ts'
import type { HealthMode } from '../options/health-options.ts'
import { evictCauseOf, isStatistical } from './evict-cause-of.ts'
import { FlapGuard, type Flaps } from './flap-guard.ts'
import type { EvictCause, RecycleCause, RetireCause } from './recycle-cause.ts'
import type { Recycling } from './recycling-options.ts'

/** What the policy sees of one connection; may be live, as it is only read while it decides. */
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
  /** As the server reported it; `undefined` where it is not known, which is no reason to retire. */
  readonly backendMemoryBytes: number | undefined
  readonly assessment: ConnectionHealthAssessment
}

/** What the policy sees of the pool; may be live, too. */
export interface PoolView {
  /** Connections that the pool holds, idle or not. */
  readonly total: number
  /** Those of them whose status is `unhealthy`. */
  readonly unhealthy: number
  /** The warm floor: connections that stay open unless they are certainly faulty. */
  readonly min: number
  /** Whether a successor can be opened beside a connection before that one leaves. */
  readonly canReplace: boolean
}

/**
 * What kept a connection from being recycled: `mode` only observes, its lineage is `flapping`, the
 * `panic` threshold, the `budget`, the warm `floor` without room for a successor.
 */
export type HeldBack = 'mode' | 'flapping' | 'panic' | 'budget' | 'floor'

/** What is to happen to one connection. */
export type Verdict = Keep | Evict | { readonly action: 'retire'; readonly cause: RetireCause }

interface Keep {
  readonly action: 'keep'
  readonly heldBack?: HeldBack
}

interface Evict {
  readonly action: 'evict'
  readonly cause: EvictCause
}

/** How often connections were recycled, by cause. */
export type RecycleCounts = Readonly<Record<RecycleCause, number>>

/** Made once: keeping is what nearly every verdict of every sweep says. */
const keep: Keep = Object.freeze({ action: 'keep' })
const heldBackBy: Readonly<Record<HeldBack, Keep>> = Object.freeze({
  mode: Object.freeze({ action: 'keep', heldBack: 'mode' }),
  flapping: Object.freeze({ action: 'keep', heldBack: 'flapping' }),
  panic: Object.freeze({ action: 'keep', heldBack: 'panic' }),
  budget: Object.freeze({ action: 'keep', heldBack: 'budget' }),
  floor: Object.freeze({ action: 'keep', heldBack: 'floor' }),
})

/**
 * Decides which connections to replace; closes none itself. Whoever carries a verdict out says so
 * with `recordRecycle` before it asks about the next connection, because evictions have a budget;
 * and with `recordReplacement` which connection took over, because replacing may not help.
 */
export class ConnectionRecycler {
  // Invariant: `#evictedAt` ascends and holds only statistical evictions of the latest window.
  /** May be changed while the pool runs: what `observe` held back is decided anew by the next sweep. */
  mode: HealthMode
  readonly #recycling: Recycling
  readonly #random: () => number
  readonly #flapGuard: FlapGuard
  readonly #evictedAt: number[] = []
  readonly #counts: Record<RecycleCause, number> = {
    lifetime: 0,
    uses: 0,
    idle: 0,
    memory: 0,
    surplus: 0,
    operator: 0,
    'pool-closed': 0,
    lost: 0,
    unresponsive: 0,
    latency: 0,
    stalls: 0,
    ageing: 0,
    faults: 0,
    role: 0,
    plan: 0,
    busy: 0,
    transaction: 0,
    dirty: 0,
    leaked: 0,
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
    this.mode = options.mode
    this.#random = options.random
    this.#flapGuard = new FlapGuard(options.recycling.flapBackoffMs)
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

  /**
   * What to do with one connection at `now`. One that is held back from being evicted may still be
   * retired. Allocates nothing to keep a connection.
   */
  decide(view: ConnectionView, pool: PoolView, now: number): Verdict {
    this.#flapGuard.review(view.connectionId, now)
    const verdict = this.#judge(view, pool, now)
    if (verdict.action === 'evict') return verdict
    const cause = this.#retireCauseOf(view, pool, now)
    if (cause === undefined) return verdict
    if (!isAtFloor(pool)) return { action: 'retire', cause }
    return verdict === keep ? heldBackBy.floor : verdict
  }

  /**
   * Counts a recycled connection. A statistical eviction uses up budget; with a `connectionId` it
   * counts for the back-off of that connection's successors as well.
   */
  recordRecycle(cause: RecycleCause, now: number, connectionId?: number): void {
    this.#counts[cause] += 1
    if (!isStatistical(cause)) return
    this.#forgetOld(now)
    this.#evictedAt.push(Math.max(now, this.#evictedAt.at(-1) ?? now))
    if (connectionId !== undefined) this.#flapGuard.recordEviction(connectionId, now)
  }

  /**
   * A replacement took over, whatever the cause; right before or after `recordRecycle` of the old
   * connection, and before that is forgotten.
   */
  recordReplacement(oldId: number, newId: number, now: number): void {
    this.#flapGuard.recordReplacement(oldId, newId, now)
  }

  /** A connection is closed. Its successor stays in the lineage. */
  forget(connectionId: number): void {
    this.#flapGuard.forget(connectionId)
  }

  /**
   * What became of the connections that this one replaced, as of the latest `decide` about it;
   * `undefined` if none was evicted on statistics or that is long ago.
   */
  flaps(connectionId: number): Flaps | undefined {
    return this.#flapGuard.flaps(connectionId)
  }

  /** How often connections were recycled, by cause; a copy. */
  get counts(): RecycleCounts {
    return { ...this.#counts }
  }

  #judge(view: ConnectionView, pool: PoolView, now: number): Keep | Evict {
    const cause = evictCauseOf(view.assessment)
    if (cause === undefined) return keep
    if (this.mode === 'observe') return heldBackBy.mode
    if (!isStatistical(cause)) return { action: 'evict', cause }
    if (this.#flapGuard.holdsBack(view.connectionId, now)) return heldBackBy.flapping
    if (pool.unhealthy > this.#recycling.panicRatio * pool.total) return heldBackBy.panic
    if (!this.#hasBudget(pool, now)) return heldBackBy.budget
    return isAtFloor(pool) ? heldBackBy.floor : { action: 'evict', cause }
  }

  #retireCauseOf(view: ConnectionView, pool: PoolView, now: number): RetireCause | undefined {
    if (view.uses >= view.maxUses) return 'uses'
    if (now >= view.deadlineAt) return 'lifetime'
    const { maxBackendMemoryBytes } = this.#recycling
    const bytes = view.backendMemoryBytes
    if (maxBackendMemoryBytes !== false && bytes !== undefined && bytes > maxBackendMemoryBytes) {
      return 'memory'
    }
    if (view.idleMs === undefined || view.idleTimeoutMs === false) return undefined
    return view.idleMs >= view.idleTimeoutMs && pool.total > pool.min ? 'idle' : undefined
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

/** Whether one connection fewer would be too few, and none can be opened to take its place. */
function isAtFloor(pool: PoolView): boolean {
  return pool.total <= pool.min && !pool.canReplace
}
