import type {
  ConnectionHealthAssessment,
  ConnectionHealthMonitor,
  ConnectionRecycler,
  Health,
} from '@hale/core'
import type { TimerHandle, TimeSource } from '../time-source.ts'
import type { Connection } from './connection.ts'
import type { PoolEngine } from './engine.ts'
import type { EngineOptions } from './engine-ports.ts'

/** Share of the pool that may be probed in one sweep, at least one connection (DETECTION 9). */
const PROBED_RATIO = 0.05

/** How long before its deadline a connection's replacement begins to open, ms, and as a share of its lifetime. */
const RETIRE_LEAD_MS = 1_000
const RETIRE_LEAD_RATIO = 0.05

/** A connection that served somebody within this time is replaced before it goes, ms. */
const RECENTLY_USED_MS = 500

export interface SweeperPorts {
  readonly engine: PoolEngine
  readonly options: EngineOptions
  readonly health: Health
  readonly time: TimeSource
  readonly monitor: ConnectionHealthMonitor
  readonly recycler: ConnectionRecycler
}

/** Passes the policy over the connections again and again, and carries its verdicts out. */
export class Sweeper {
  readonly #ports: SweeperPorts
  #timer: TimerHandle | undefined
  #stopped = false

  constructor(ports: SweeperPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#ports.time.clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#stopped) return
    const { time, health, options } = this.#ports
    // an idle timeout shorter than the interval is still kept with half its length as error
    const idleMs = options.idleTimeoutMillis || Number.POSITIVE_INFINITY
    const everyMs = Math.max(5, Math.min(health.sweepIntervalMs, idleMs / 2))
    this.#timer = time.setTimeout(() => {
      this.sweep()
      this.#schedule()
    }, everyMs)
    this.#timer.unref()
  }

  /** One pass: assess all, recycle what the policy says, probe what was silent, keep `min` filled. */
  sweep(): void {
    const { engine, time, monitor } = this.#ports
    const startedAt = time.now()
    const assessments = new Map(monitor.assessAll().map((each) => [each.connectionId, each]))
    const connections = [...engine.connections()]
    this.#recycle(connections, assessments, startedAt)
    this.#probe(connections, startedAt)
    engine.fillToMinimum()
    if (engine.waitingCount === 0) monitor.clear('pool_exhaustion')
    if (monitor.hears('sweep:finished')) {
      const now = time.now()
      const tookMs = now - startedAt
      monitor.publish({ type: 'sweep:finished', at: now, connections: connections.length, tookMs })
    }
  }

  #recycle(
    connections: readonly Connection[],
    assessments: ReadonlyMap<number, ConnectionHealthAssessment>,
    now: number,
  ): void {
    const { engine, recycler, options } = this.#ports
    const unhealthy = [...assessments.values()].filter(
      ({ status }) => status === 'unhealthy',
    ).length
    for (const connection of connections) {
      const assessment = assessments.get(connection.id)
      const { state, id: connectionId, openedAt, deadlineAt, uses, condemnedFor } = connection
      const held = state === 'idle' || state === 'leased'
      if (assessment === undefined || condemnedFor !== undefined || !held) continue
      const leadMs = Math.min(RETIRE_LEAD_MS, (deadlineAt - openedAt) * RETIRE_LEAD_RATIO)
      const verdict = recycler.decide(
        {
          connectionId,
          openedAt,
          deadlineAt: deadlineAt - leadMs,
          uses,
          maxUses: options.maxUses,
          idleMs: state === 'idle' ? now - connection.idleSince : undefined,
          idleTimeoutMs: options.idleTimeoutMillis || false,
          assessment,
        },
        { total: engine.size, unhealthy, min: options.min },
        now,
      )
      if (verdict.action === 'keep') continue
      const goesAlone = verdict.cause === 'idle' || this.#isSpare(connection, now)
      if (!goesAlone) engine.replace(connection, verdict.cause)
      else if (verdict.cause !== 'lifetime' || now >= deadlineAt) {
        engine.condemn(connection, verdict.cause)
      }
    }
  }

  /** Whether nobody would miss it: idle for a while, and not one of the `min`. */
  #isSpare({ state, idleSince }: Connection, now: number): boolean {
    const { engine, options } = this.#ports
    return state === 'idle' && now - idleSince > RECENTLY_USED_MS && engine.size > options.min
  }

  #probe(connections: readonly Connection[], now: number): void {
    const { engine, monitor } = this.#ports
    let budget = Math.max(1, Math.ceil(connections.length * PROBED_RATIO))
    for (const connection of this.#inOrderOfNeed(connections)) {
      const { state, id, wire, condemnedFor } = connection
      connection.probeWanted = false
      if (budget === 0 || condemnedFor !== undefined) continue
      if (state !== 'idle' && state !== 'leased') continue
      if (!monitor.wantsProbe(id, wire.heardAt, now)) continue
      budget -= 1
      if (state === 'idle') engine.probe(connection)
      else connection.probeWanted = true
    }
  }

  /**
   * Suspects first, then whoever was not probed for longest: else the first few connections, probed as
   * references for a suspect, would use the budget up for ever and the suspect would never be judged.
   */
  #inOrderOfNeed(connections: readonly Connection[]): readonly Connection[] {
    const { monitor } = this.#ports
    const suspects = new Set(connections.filter(({ id }) => monitor.isSuspect(id)))
    const rank = (connection: Connection): number => (suspects.has(connection) ? 0 : 1)
    const probedAt = ({ metrics }: Connection): number => metrics.probedAt ?? 0
    return connections.toSorted((a, b) => rank(a) - rank(b) || probedAt(a) - probedAt(b))
  }
}
