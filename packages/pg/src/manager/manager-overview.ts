import type { IssueSeverity } from '@hale/core'
import type { PoolCounts } from '../errors.ts'
import { countConnections } from '../pool/count-connections.ts'
import type { PoolSnapshot } from '../snapshot.ts'
import type { ManagerReadiness } from './manager-readiness.ts'
import type { PoolStanding } from './pool-group.ts'

/** All pools in one: plain JSON, a copy. */
export interface ManagerOverview {
  readonly readiness: ManagerReadiness
  /** The sums over all pools. */
  readonly counts: PoolCounts
  /** Open issues of all pools by severity. */
  readonly issues: Readonly<Record<IssueSeverity, number>>
  /** The pools that have a role, group by group. */
  readonly standings: readonly PoolStanding[]
}

/** What can be added up of several pools. */
export function addUp(
  snapshots: readonly PoolSnapshot[],
): Pick<ManagerOverview, 'counts' | 'issues'> {
  const issues = { info: 0, warning: 0, critical: 0 }
  for (const snapshot of snapshots) {
    for (const { severity } of snapshot.issues) issues[severity] += 1
  }
  return { counts: sumOf(snapshots.map(({ counts }) => counts)), issues }
}

function sumOf(all: readonly PoolCounts[]): PoolCounts {
  const sum: Record<keyof PoolCounts, number> = countConnections(new Set(), 0, 0, 0)
  for (const counts of all) {
    for (const name of Object.keys(sum) as (keyof PoolCounts)[]) sum[name] += counts[name]
  }
  return sum
}
