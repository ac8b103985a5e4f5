import type { HealthStatus } from '../assessment/connection-health-assessment.ts'
import type { HealthEventEmitter } from '../health-event-emitter.ts'
import type { ConnectionIssue } from '../issues/connection-issue.ts'
import type { PoolCounts } from '../metrics/pool-counts.ts'
import type { PoolDurationsSnapshot } from '../metrics/pool-durations.ts'
import type { HealthMode } from '../options/health-options.ts'
import type { RecycleCause } from '../recycling/recycle-cause.ts'

/** What exporters read of a pool at an instant; part of what `HealthAwarePool.snapshot()` gives. */
export interface WatchedSnapshot {
  readonly mode?: HealthMode
  readonly counts: PoolCounts
  readonly connections: readonly {
    readonly connectionId: number
    readonly assessment: { readonly status: HealthStatus }
  }[]
  readonly issues: readonly ConnectionIssue[]
  readonly totals: {
    readonly leases: number
    readonly acquireTimeouts: number
    readonly opened: number
    readonly openFailures: number
    readonly closed: number
    readonly recycles: Readonly<Record<RecycleCause, number>>
    readonly listenerErrors: number
  }
  readonly durations: PoolDurationsSnapshot
  readonly server: {
    readonly host: string | undefined
    readonly port: number | undefined
    readonly replicationLagMs: number | undefined
    readonly isBreakerOpen: boolean
    readonly role?: 'primary' | 'standby' | undefined
    /** Of all of the server's clients. */
    readonly connections?:
      | { readonly max: number; readonly reserved: number; readonly used: number }
      | undefined
  }
}

/** What exporters need of a pool; a `HealthAwarePool` is one. */
export interface WatchedPool {
  readonly monitor: HealthEventEmitter
  readonly options: { readonly max: number; readonly min?: number | undefined }
  readonly target: {
    readonly host: string
    readonly port: number
    readonly database: string | undefined
  }
  snapshot(): WatchedSnapshot
}
