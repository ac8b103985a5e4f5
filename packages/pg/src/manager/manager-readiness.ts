import type { Readiness } from '../snapshot.ts'
import type { ReplicaPolicy } from './manager-options.ts'
import type { PoolGroup } from './pool-group.ts'

/** Why something cannot serve, the gravest first. */
export const unreadyReasons = ['closed', 'server-unreachable', 'exhausted', 'lagging'] as const
export type UnreadyReason = (typeof unreadyReasons)[number]

/** Whether everything that is needed can serve; `pools` says so of each, needed or not. */
export interface ManagerReadiness {
  readonly ready: boolean
  /** The gravest of what is needed and not ready; `lagging`: every replica is too far behind. */
  readonly reason: Readiness['reason'] | 'lagging'
  readonly pools: Readonly<Record<string, Readiness>>
}

/**
 * Needed is every pool without a role, of each group whoever takes writes, and one replica where reads have
 * nowhere else to go.
 */
export function judgeReadiness(
  pools: Readonly<Record<string, Readiness>>,
  groups: readonly PoolGroup[],
  { replicaFallback }: ReplicaPolicy,
): ManagerReadiness {
  const withRole = new Set(groups.flatMap(({ members }) => members.map(({ name }) => name)))
  const needed: (Readiness | undefined)[] = []
  for (const [name, readiness] of Object.entries(pools)) {
    if (!withRole.has(name)) needed.push(readiness)
  }
  let isLagging = false
  for (const group of groups) {
    const primary = group.primary()
    if (primary !== undefined) needed.push(pools[primary.name])
    const replicas = group.members.filter(({ role }) => role === 'replica')
    const isNeeded = primary === undefined || replicaFallback === 'error'
    if (!isNeeded || replicas.length === 0 || group.hasFitReplica) continue
    const unready = replicas.find(({ name }) => pools[name]?.ready === false)
    if (unready === undefined) isLagging = true
    else needed.push(pools[unready.name])
  }
  const reasons = needed.map((each) => each?.reason)
  const reason = gravestOf(reasons) ?? (isLagging ? 'lagging' : undefined)
  return { ready: reason === undefined, reason: reason ?? 'ready', pools }
}

/** The gravest of these; `undefined` when each can serve. */
export function gravestOf(
  reasons: readonly (ManagerReadiness['reason'] | undefined)[],
): UnreadyReason | undefined {
  return unreadyReasons.find((reason) => reasons.includes(reason))
}
