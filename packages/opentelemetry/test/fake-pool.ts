import {
  ConnectionRecycler,
  HealthEventEmitter,
  recyclingDefaults,
  type WatchedPool,
  type WatchedSnapshot,
} from '@hale/core'

/** Every cause, none of which has occurred. */
const { counts: noRecycles } = new ConnectionRecycler({
  recycling: recyclingDefaults,
  mode: 'observe',
  random: Math.random,
})

/** The snapshot of a pool at rest: five connections, nothing wrong. */
const atRest: WatchedSnapshot = {
  counts: {
    max: 10,
    total: 9,
    opening: 1,
    idle: 2,
    leased: 3,
    probing: 1,
    cleaning: 1,
    closing: 1,
    waiting: 4,
  },
  connections: [
    { connectionId: 1, assessment: { status: 'healthy' } },
    { connectionId: 2, assessment: { status: 'healthy' } },
    { connectionId: 3, assessment: { status: 'degraded' } },
  ],
  issues: [],
  totals: {
    leases: 100,
    acquireTimeouts: 5,
    opened: 12,
    openFailures: 2,
    closed: 3,
    recycles: { ...noRecycles, lifetime: 2, lost: 1 },
    listenerErrors: 0,
  },
  durations: {
    waits: durations({ 0: 90, 4: 10 }, 40),
    leases: durations({ 3: 100 }, 200),
    openings: durations({ 5: 12 }, 90),
    probes: durations({ 0: 7 }, 1.4),
    statements: durations({ 2: 50, 16: 1 }, 45_000),
    failures: { constraint_violation: durations({ 3: 2 }, 4) },
  },
  server: {
    host: 'db',
    port: 5432,
    replicationLagMs: undefined,
    isBreakerOpen: false,
  },
}

/** Counts in core's buckets, by their index. */
export function durations(
  byBucket: Readonly<Record<number, number>>,
  sumMs: number,
): WatchedSnapshot['durations']['waits'] {
  const buckets = Array.from({ length: 17 }, (_, index) => byBucket[index] ?? 0)
  return { count: buckets.reduce((sum, each) => sum + each, 0), sumMs, buckets }
}

/** A pool whose snapshot a test sets. */
export class FakePool implements WatchedPool {
  readonly monitor: HealthEventEmitter = new HealthEventEmitter()
  readonly options = { max: 10, min: 2 }
  readonly target = { host: 'db', port: 5432, database: 'shop' }
  current: WatchedSnapshot = atRest

  snapshot(): WatchedSnapshot {
    return this.current
  }

  /** Publishes one of each event that durations are taken from, and a sweep after a probe and statements. */
  live(): void {
    const { monitor } = this
    const [at, connectionId] = [1_000, 7]
    const [openMs, processId, replaces] = [7.5, 1, undefined]
    monitor.publish({ type: 'connection:opened', at, connectionId, openMs, processId, replaces })
    monitor.publish({
      type: 'connection:leased',
      at,
      connectionId,
      waitedMs: 40,
      waiterId: undefined,
    })
    monitor.publish({ type: 'connection:released', at, connectionId, leasedMs: 2 })
    const { durations: before } = this.current
    const statements = durations({ 2: 60, 16: 1 }, 45_010)
    const failures = { constraint_violation: durations({ 3: 3 }, 6) }
    const probes = durations({ 0: 8 }, 1.6)
    this.set({ durations: { ...before, probes, statements, failures } })
    monitor.publish({ type: 'sweep:finished', at, connections: 5, tookMs: 0.1 })
  }

  /** Replaces parts of the snapshot. */
  set(parts: Partial<WatchedSnapshot>): void {
    this.current = { ...this.current, ...parts }
  }
}

type Membership = { name: string; pool: WatchedPool; isMember: boolean }

/** A manager whose pools come and go as a test says. */
export class FakeManager {
  readonly #pools = new Map<string, FakePool>()
  readonly #listeners = new Set<(change: Membership) => void>()

  add(name: string): FakePool {
    const pool = new FakePool()
    this.#pools.set(name, pool)
    for (const tell of this.#listeners) tell({ name, pool, isMember: true })
    return pool
  }

  remove(name: string): void {
    const pool = this.pool(name)
    this.#pools.delete(name)
    for (const tell of this.#listeners) tell({ name, pool, isMember: false })
  }

  names(): readonly string[] {
    return [...this.#pools.keys()]
  }

  pool(name: string): FakePool {
    const pool = this.#pools.get(name)
    if (pool === undefined) throw new Error(`no pool ${name}`)
    return pool
  }

  onMembership(listener: (change: Membership) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }
}
