import type { PoolParts } from './pool-parts.ts'

/** How ill the connections of a pool are as a whole; more is worse. */
export type Ills = 0 | 1 | 2 | 3

/**
 * What a manager reads of a pool at each request: nothing is built, nobody is asked, and all of it is what
 * the pool knows anyway.
 */
export class PoolVitals {
  readonly #parts: Pick<PoolParts, 'engine' | 'monitor' | 'options' | 'sentinels' | 'time'>

  constructor(parts: Pick<PoolParts, 'engine' | 'monitor' | 'options' | 'sentinels' | 'time'>) {
    this.#parts = parts
  }

  /** Whether any connection is open. */
  get isWarm(): boolean {
    return this.#isHeardSince(Number.NEGATIVE_INFINITY)
  }

  #isHeardSince(at: number): boolean {
    for (const { state, wire } of this.#parts.engine.connections()) {
      if (state !== 'opening' && wire.heardAt >= at) return true
    }
    return false
  }

  /** Whether the pool is open and its server answers, as far as is known. A pool that is busy serves. */
  get isServing(): boolean {
    const { engine, monitor } = this.#parts
    if (engine.ending || engine.isBreakerOpen) return false
    if (engine.openingFailures > 0 && !this.isWarm) return false
    const unreachable = monitor.issueOf('server_unreachable')
    if (unreachable?.type !== 'server_unreachable') return true
    // a server that is full takes no more connections, and answers on those that there are
    const { evidence, detectedAt } = unreachable
    return evidence.silentMs === undefined && this.#isHeardSince(detectedAt)
  }

  /**
   * 3: callers waited in vain, and others still wait; 2: half of the connections are unhealthy; 1: a quarter
   * are, or the server is slower than it was.
   */
  get ills(): Ills {
    const { engine, monitor } = this.#parts
    if (engine.waitingCount > 0 && monitor.issueOf('pool_exhaustion') !== undefined) return 3
    const unhealthyRatio = engine.size === 0 ? 0 : monitor.unhealthyCount / engine.size
    if (unhealthyRatio >= 0.5) return 2
    return unhealthyRatio >= 0.25 || monitor.issueOf('server_slow') !== undefined ? 1 : 0
  }

  /** Connections that are not idle, and callers that wait for one, as a share of `max`. */
  get load(): number {
    const { engine, options } = this.#parts
    return (engine.size - engine.idleCount + engine.waitingCount) / options.max
  }

  /** How far its server is behind, as it said lately; `undefined` where it did not, or is a primary. */
  get lagMs(): number | undefined {
    const { sentinels, time } = this.#parts
    return sentinels?.standbyLagMs(time.now())
  }

  /** Whether its server was in recovery when anybody was told last: a connection, or the sentinel. */
  get inHotStandby(): boolean | undefined {
    const { engine, sentinels } = this.#parts
    const { roles } = engine
    const view = sentinels?.view
    if (!roles.areRolesTold || roles.inHotStandby === undefined) return view?.inHotStandby
    return view?.inHotStandby === undefined || roles.toldAt >= view.roleSince
      ? roles.inHotStandby
      : view.inHotStandby
  }

  /** Whether any server of this pool was seen in recovery. */
  get hasBeenStandby(): boolean {
    const { engine, sentinels } = this.#parts
    return engine.roles.hasBeenStandby || sentinels?.view?.hasBeenStandby === true
  }

  /** The same for a primary and its standbys, and for no others. */
  get systemIdentifier(): string | undefined {
    return this.#parts.sentinels?.view?.facts.identity?.system
  }
}
