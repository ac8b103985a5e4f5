import type {
  ConnectionHealthAssessment,
  ConnectionIssue,
  ConnectionView,
  HealthMode,
  IssueType,
  PoolView,
  RecyclingOptions,
} from '../../src/index.ts'
import { ConnectionRecycler, OptionProblems, resolveRecyclingOptions } from '../../src/index.ts'

/** A pool with room to recycle in, though none for a successor. */
export const quiet: PoolView = { total: 20, unhealthy: 1, min: 0, canReplace: false }

export function createRecycler(
  options: RecyclingOptions = {},
  mode: HealthMode = 'enforce',
  draw = 0,
): ConnectionRecycler {
  const problems = new OptionProblems()
  const recycling = resolveRecyclingOptions(options, problems)
  problems.throwIfAny()
  return new ConnectionRecycler({ recycling, mode, random: () => draw })
}

/** An assessment with one critical issue of each type; none is healthy. */
export function assessment(...critical: readonly IssueType[]): ConnectionHealthAssessment {
  return assessed(critical.map((type) => ({ type, evidence: { basis: 'duel' } })))
}

/** An assessment with these issues, critical unless they say otherwise. */
export function assessed(issues: readonly object[]): ConnectionHealthAssessment {
  return {
    connectionId: 1,
    status: issues.length === 0 ? 'healthy' : 'unhealthy',
    issues: issues.map((issue) => ({ severity: 'critical', ...issue }) as ConnectionIssue),
  } as unknown as ConnectionHealthAssessment
}

/** A sound connection in use that has no limits. */
export function view(change: Partial<ConnectionView> = {}): ConnectionView {
  return {
    connectionId: 1,
    openedAt: 0,
    deadlineAt: Number.POSITIVE_INFINITY,
    uses: 0,
    maxUses: Number.POSITIVE_INFINITY,
    idleMs: undefined,
    idleTimeoutMs: false,
    backendMemoryBytes: undefined,
    assessment: assessment(),
    ...change,
  }
}
