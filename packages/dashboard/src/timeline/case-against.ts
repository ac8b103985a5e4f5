import { type ConnectionIssue, explainCause, explainIssue, type RecycleCause } from '@hale/core'
import type { DashboardPool } from '../dashboard-pool.ts'

/** What spoke against a connection when it was decided that it goes. */
export interface CaseAgainst {
  readonly cause: RecycleCause
  /** `undefined` where nothing but the cause is known. */
  readonly evidence: string | undefined
  /** Statements and finished leases that it saw until then. */
  readonly statements: number
  readonly uses: number
}

/** Issues that are told of one by one; the gravest come first. */
const maxTold = 3
const ranks = { critical: 0, warning: 1, info: 2 } as const

/** Reads what the pool knows of a connection now, which it forgets when the connection is gone. */
export function readCase(
  { monitor }: Pick<DashboardPool, 'monitor'>,
  connectionId: number,
  cause: RecycleCause,
): CaseAgainst {
  const metrics = monitor.metricsOf(connectionId)
  return {
    cause,
    evidence: evidenceOf(monitor.openIssues(connectionId)),
    statements: metrics?.attempts ?? 0,
    uses: metrics?.uses ?? 0,
  }
}

/** As the end of a sentence: the cause, and what it rests on. */
export function explainCase({ cause, evidence }: CaseAgainst): string {
  const because = explainCause(cause)
  return evidence === undefined ? `because ${because}` : `because ${because}: ${evidence}`
}

function evidenceOf(issues: readonly ConnectionIssue[]): string | undefined {
  if (issues.length === 0) return undefined
  const gravest = [...issues].sort((a, b) => ranks[a.severity] - ranks[b.severity])
  return gravest.slice(0, maxTold).map(explainIssue).join('; ')
}
