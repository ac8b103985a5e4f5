import {
  ConnectionHealthMonitor,
  type HealthMode,
  OptionProblems,
  resolveHealthOptions,
  type WatchedPool,
} from '@hale/core'
import type { HealthAwarePool, PoolSnapshot } from '@hale/pg'
import type { FakeClock } from '@hale/testkit'

type Connection = PoolSnapshot['connections'][number]
type ServerReport = NonNullable<Connection['metrics']['server']>

/** A pool without a database: a real monitor, and connections that a test opens and changes. */
export class FakePool implements WatchedPool {
  readonly monitor: ConnectionHealthMonitor
  readonly options = { max: 10 }
  readonly target = { host: 'db.example', port: 5432, database: 'shop' }
  readonly recycled: number[] = []
  mode: HealthMode = 'enforce'
  evictions = 0
  snapshots = 0
  waiting = 0
  broken = false
  readonly #open = new Map<number, { processId: number; openedAt: number }>()

  constructor(clock: FakeClock) {
    const problems = new OptionProblems()
    this.monitor = new ConnectionHealthMonitor({
      clock,
      health: resolveHealthOptions({}, problems),
    })
  }

  /** As the type says that the dashboard takes. */
  get asPool(): HealthAwarePool {
    return this as unknown as HealthAwarePool
  }

  open(connectionId: number, replaces?: number): void {
    const at = this.monitor.now()
    const processId = 1_000 + connectionId
    this.monitor.track(connectionId)
    this.#open.set(connectionId, { processId, openedAt: at })
    const opened = { type: 'connection:opened', at, connectionId, openMs: 4, processId } as const
    this.monitor.publish({ ...opened, replaces })
  }

  condemn(connectionId: number, cause: 'latency' | 'lost'): void {
    const at = this.monitor.now()
    this.monitor.publish({ type: 'connection:condemned', at, connectionId, cause })
  }

  evict(connectionId: number, cause: 'latency' | 'lost' | 'operator' | 'leaked'): void {
    const at = this.monitor.now()
    const ageMs = at - (this.#open.get(connectionId)?.openedAt ?? at)
    this.#open.delete(connectionId)
    this.monitor.publish({ type: 'connection:evicted', at, connectionId, cause, ageMs })
    this.monitor.forget(connectionId)
  }

  retire(connectionId: number, cause: 'lifetime' | 'idle' | 'surplus'): void {
    const at = this.monitor.now()
    const ageMs = at - (this.#open.get(connectionId)?.openedAt ?? at)
    this.#open.delete(connectionId)
    this.monitor.publish({ type: 'connection:retired', at, connectionId, cause, ageMs })
    this.monitor.forget(connectionId)
  }

  /** Statements that succeeded. */
  run(connectionId: number, ...durationsMs: readonly number[]): void {
    const metrics = this.monitor.track(connectionId)
    for (const ms of durationsMs) this.monitor.recordRun(metrics, 0, ms, this.monitor.now())
  }

  /** What the server says of a backend. */
  report(connectionId: number, report: ServerReport): void {
    this.monitor.track(connectionId).reportServer(report)
  }

  evictAll(): void {
    this.evictions += 1
  }

  recycle(connectionId: number): boolean {
    if (this.#open.has(connectionId)) this.recycled.push(connectionId)
    return this.#open.has(connectionId)
  }

  readiness(): { readonly ready: boolean; readonly reason: 'ready' } {
    return { ready: true, reason: 'ready' }
  }

  snapshot(): PoolSnapshot {
    if (this.broken) throw new Error('no snapshot')
    this.snapshots += 1
    const connections = [...this.#open.keys()].map((id) => this.#connection(id))
    const total = connections.length
    return {
      at: this.monitor.now(),
      mode: this.mode,
      counts: { ...noCounts, max: this.options.max, total, idle: total, waiting: this.waiting },
      connections,
      issues: this.monitor.openIssues(),
      totals: noTotals,
      durations: this.monitor.durations.snapshot(),
      server: noServer,
      learning: {} as PoolSnapshot['learning'],
    }
  }

  #connection(connectionId: number): Connection {
    const { processId, openedAt } = this.#open.get(connectionId) ?? { processId: 0, openedAt: 0 }
    return {
      connectionId,
      state: 'idle',
      processId,
      ageMs: this.monitor.now() - openedAt,
      uses: 0,
      leasedMs: undefined,
      leasedBy: undefined,
      operation: undefined,
      condemnedFor: undefined,
      assessment: this.monitor.assess(connectionId),
      metrics: this.monitor.track(connectionId).snapshot(),
    }
  }
}

const noCounts = { opening: 0, idle: 0, leased: 0, probing: 0, cleaning: 0, closing: 0 }
const noTotals = { leases: 0, opened: 0 } as unknown as PoolSnapshot['totals']
const noServer = { sentinel: 'off', limits: [] } as unknown as PoolSnapshot['server']
