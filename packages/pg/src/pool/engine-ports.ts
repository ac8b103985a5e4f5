import type { ConnectionHealthMonitor, ConnectionRecycler, Health, RecycleCause } from '@hale/core'
import type { PoolPolicy } from '../pool-policy.ts'
import type { RunningTime } from '../running-time.ts'
import type { ServerAddress, TargetServer } from '../target-server.ts'
import type { OpeningHooks } from './opening.ts'
import type { PoolableClient } from './poolable-client.ts'

/** The options that pg-pool re-reads at each decision; live, so that `pool.options.max` can be changed. */
export interface EngineOptions {
  max: number
  min: number
  connectionTimeoutMillis: number
  idleTimeoutMillis: number | null
  maxUses: number
  allowExitOnIdle: boolean
}

/** pg-pool's own events; the engine never lets a listener's throw disturb it. */
export interface PoolEvents {
  connect(client: PoolableClient): void
  acquire(client: PoolableClient): void
  release(error: unknown, client: PoolableClient): void
  remove(client: PoolableClient): void
  error(error: Error, client: PoolableClient): void
}

export interface EnginePorts {
  readonly options: EngineOptions
  readonly health: Health
  readonly policy: PoolPolicy
  /** Connections that may exist beyond `max` while a replacement warms. */
  readonly overlap: 0 | 1
  readonly target: TargetServer
  readonly hooks: OpeningHooks
  readonly time: RunningTime
  readonly random: () => number
  readonly monitor: ConnectionHealthMonitor
  readonly recycler: ConnectionRecycler
  readonly events: PoolEvents
  /** `address` is left out where the pool's own options name the server. */
  createClient(address: ServerAddress | undefined): PoolableClient
  /** A replacement is open and lent from now on; the one that it replaces is about to go. */
  onReplaced(oldId: number, newId: number, cause: RecycleCause): void
}

/** What the engine has done since it began. */
export interface EngineTotals {
  leases: number
  acquireTimeouts: number
  opened: number
  openFailures: number
  closed: number
  /** Leases that were ended under their holders: at the end of the pool, or reclaimed as leaked. */
  reclaimed: number
}

/** Nothing done yet. */
export function createTotals(): EngineTotals {
  return { leases: 0, acquireTimeouts: 0, opened: 0, openFailures: 0, closed: 0, reclaimed: 0 }
}
