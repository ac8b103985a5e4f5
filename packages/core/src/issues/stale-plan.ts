import type { SightingOf } from './connection-issue.ts'

/** The backend's prepared statements do not fit the tables any more: a fresh backend has none. */
export function stalePlan(sqlState: string): SightingOf<'stale_plan'> {
  const evidence = { sqlState }
  return { type: 'stale_plan', scope: 'connection', severity: 'critical', evidence }
}
