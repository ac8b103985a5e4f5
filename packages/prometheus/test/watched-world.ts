import {
  type DurationCounts,
  durationBoundsMs,
  HealthEventEmitter,
  type WatchedManager,
  type WatchedPool,
  type WatchedSnapshot,
} from '@hale/core'
import { recycleCauses } from '../src/label-values.ts'

type Changes = {
  readonly [Key in keyof Omit<WatchedSnapshot, 'mode'>]?: Partial<WatchedSnapshot[Key]>
}

/** A pool whose snapshot is what the test says. */
export interface FakePool extends WatchedPool {
  readonly monitor: HealthEventEmitter
  /** How often it was asked. */
  readonly snapshots: number
}

/** Durations of which `counts` say how many fell into the buckets, the first ones first. */
export function durations(counts: readonly number[] = [], sumMs: number = 0): DurationCounts {
  const buckets = Array.from({ length: durationBoundsMs.length + 1 }, (_, at) => counts[at] ?? 0)
  return { buckets, sumMs, count: buckets.reduce((total, count) => total + count, 0) }
}

/** A pool in which nothing has happened, but for what `changes` say. */
export function createPool(changes: Changes = {}): FakePool {
  const nothing = createSnapshot()
  let snapshots = 0
  return {
    monitor: new HealthEventEmitter(),
    options: { max: 10, min: 2 },
    target: { host: 'db.internal', port: 5432, database: 'shop' },
    get snapshots() {
      return snapshots
    },
    snapshot() {
      snapshots += 1
      return {
        mode: 'enforce',
        counts: { ...nothing.counts, ...changes.counts },
        connections: (changes.connections ?? nothing.connections) as WatchedSnapshot['connections'],
        issues: (changes.issues ?? nothing.issues) as WatchedSnapshot['issues'],
        totals: { ...nothing.totals, ...changes.totals },
        durations: { ...nothing.durations, ...changes.durations },
        server: { ...nothing.server, ...changes.server },
      }
    },
  }
}

function createSnapshot(): WatchedSnapshot {
  const none = durations()
  return {
    counts: {
      max: 10,
      total: 0,
      opening: 0,
      idle: 0,
      leased: 0,
      probing: 0,
      cleaning: 0,
      closing: 0,
      waiting: 0,
    },
    connections: [],
    issues: [],
    totals: {
      leases: 0,
      acquireTimeouts: 0,
      opened: 0,
      openFailures: 0,
      closed: 0,
      recycles: Object.fromEntries(
        recycleCauses.map((cause) => [cause, 0]),
      ) as WatchedSnapshot['totals']['recycles'],
      listenerErrors: 0,
    },
    durations: {
      waits: none,
      leases: none,
      openings: none,
      probes: none,
      statements: none,
      failures: {},
    },
    server: {
      host: undefined,
      port: undefined,
      replicationLagMs: undefined,
      isBreakerOpen: false,
    },
  }
}

/** Pools that come and go. */
export function createManager(): WatchedManager & {
  register(name: string, pool: WatchedPool): void
  deregister(name: string): void
} {
  const pools = new Map<string, WatchedPool>()
  const listeners = new Set<Parameters<WatchedManager['onMembership']>[0]>()
  return {
    names: () => [...pools.keys()],
    pool: (name) => pools.get(name) as WatchedPool,
    onMembership(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    register(name, pool) {
      pools.set(name, pool)
      for (const listener of listeners) listener({ name, pool, isMember: true })
    },
    deregister(name) {
      const pool = pools.get(name) as WatchedPool
      pools.delete(name)
      for (const listener of listeners) listener({ name, pool, isMember: false })
    },
  }
}
