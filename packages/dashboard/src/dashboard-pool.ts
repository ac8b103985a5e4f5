import type { HealthAwareConnectionManager, HealthAwarePool } from '@hale/pg'

/** What the dashboard reads of a pool, and what operators may do with it. */
export type DashboardPool = Pick<
  HealthAwarePool,
  'evictAll' | 'mode' | 'readiness' | 'recycle' | 'snapshot' | 'target'
> & {
  readonly monitor: Pick<
    HealthAwarePool['monitor'],
    'assess' | 'history' | 'metricsOf' | 'now' | 'off' | 'on' | 'openIssues'
  >
}

/** What is shown: one pool, several by their names, or those of a manager, whichever it has at the time. */
export type DashboardPools =
  | HealthAwarePool
  | Readonly<Record<string, HealthAwarePool>>
  | HealthAwareConnectionManager
