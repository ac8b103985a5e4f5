import type { ConnectionCell, IssueView, PoolView } from '../../src/state/dashboard-state.ts'
import { issuePredicate, issueTitle } from './issue-words.ts'
import { count, integer } from './quantities.ts'
import type { Status } from './status-words.ts'

/** All that a glance has to tell. */
export interface Verdict {
  readonly status: Status
  readonly sentence: string
  /** What else there is to say. */
  readonly remark: string | undefined
}

/** The pool in a sentence: what keeps callers waiting first, then what may do so. */
export function verdictOf(pool: PoolView): Verdict {
  const open = pool.issues.filter(({ clearedAt }) => clearedAt === null)
  return ofReadiness(pool) ?? ofWorst(pool, open) ?? ofWarnings(pool, open) ?? ofEvidence(pool)
}

function ofReadiness({ readiness, counts, server }: PoolView): Verdict | undefined {
  switch (readiness.reason) {
    case 'closed':
      return verdict('unknown', 'The pool is closed')
    case 'server-unreachable':
      return verdict(
        'unhealthy',
        'The server cannot be reached',
        server.isBreakerOpen
          ? 'Callers are told at once instead of waiting; one attempt at a time looks whether it is back.'
          : 'Opening is tried again and again, at growing intervals.',
      )
    case 'exhausted': {
      const wait = counts.waiting === 1 ? 'caller waits' : 'callers wait'
      return verdict(
        'unhealthy',
        `All ${counts.max} connections are in use and ${counts.waiting} ${wait}`,
      )
    }
    default:
      return undefined
  }
}

function ofWorst(pool: PoolView, open: readonly IssueView[]): Verdict | undefined {
  const cells = watched(pool)
  const unhealthy = cells.filter(({ status }) => status === 'unhealthy')
  if (unhealthy.length > 0) {
    const what = predicateOf(unhealthy, open, 'critical')
    return verdict(
      'unhealthy',
      `${shareOf(unhealthy.length, cells.length)} ${what}${treatment(pool, unhealthy)}`,
      othersOf(cells),
    )
  }
  const critical = open.find(({ severity }) => severity === 'critical')
  return critical === undefined
    ? undefined
    : verdict('unhealthy', issueTitle(critical.type), critical.explanation)
}

function predicateOf(
  cells: readonly ConnectionCell[],
  open: readonly IssueView[],
  grave: IssueView['severity'],
): string {
  const ids = new Set(cells.map(({ connectionId }) => connectionId))
  const types = new Set(
    open
      .filter(({ severity, connectionId }) => severity === grave && ids.has(connectionId ?? -1))
      .map(({ type }) => type),
  )
  const [only] = types
  if (types.size === 1 && only !== undefined) return issuePredicate(only, cells.length)
  const adjective = grave === 'critical' ? 'unhealthy' : 'degraded'
  return cells.length === 1 ? `is ${adjective}` : `are ${adjective}`
}

function treatment({ mode }: PoolView, unhealthy: readonly ConnectionCell[]): string {
  const replaced = unhealthy.filter(
    ({ condemnedFor, recommendedActions, state }) =>
      condemnedFor !== null || state === 'closing' || recommendedActions.includes('replace'),
  )
  if (replaced.length !== unhealthy.length) return ''
  if (mode === 'observe') return ', but Hale only observes'
  return unhealthy.length === 1 ? ' and is being replaced' : ' and are being replaced'
}

function ofWarnings(pool: PoolView, open: readonly IssueView[]): Verdict | undefined {
  const cells = watched(pool)
  const degraded = cells.filter(({ status }) => status === 'degraded')
  if (degraded.length > 0) {
    const is = degraded.length === 1 ? 'is' : 'are'
    const isSuspect = degraded.some(({ evidence }) => evidence.reasons.includes('suspicion'))
    const what = isSuspect ? `${is} being looked into` : predicateOf(degraded, open, 'warning')
    return verdict('degraded', `${shareOf(degraded.length, cells.length)} ${what}`, othersOf(cells))
  }
  const warning = open.find(({ severity }) => severity === 'warning')
  if (warning === undefined) return undefined
  return verdict('degraded', issueTitle(warning.type), warning.explanation)
}

function ofEvidence(pool: PoolView): Verdict {
  const cells = watched(pool)
  const unknown = cells.filter(({ status }) => status === 'unknown').length
  if (cells.length === 0) {
    return verdict('unknown', 'No connection is open', 'The first caller opens one.')
  }
  if (unknown === cells.length) {
    const are = unknown === 1 ? 'is' : 'are'
    return verdict(
      'unknown',
      `${count(unknown, 'connection')} ${are} open and not judged yet`,
      'Hale judges by statements and probes, of which there were too few so far.',
    )
  }
  if (unknown > 0) {
    const have = unknown === 1 ? 'has' : 'have'
    const sound = cells.length - unknown
    const are = sound === 1 ? 'is' : 'are'
    return verdict(
      'healthy',
      `${shareOf(sound, cells.length)} ${are} healthy`,
      `${integer(unknown)} ${have} too little evidence yet.`,
    )
  }
  const all = wholeOf(cells.length)
  return verdict('healthy', `${all} healthy`)
}

function othersOf(cells: readonly ConnectionCell[]): string | undefined {
  const healthy = cells.filter(({ status }) => status === 'healthy').length
  if (healthy === 0) return undefined
  return `${count(healthy, 'connection')} ${healthy === 1 ? 'is' : 'are'} healthy.`
}

function shareOf(some: number, all: number): string {
  return `${integer(some)} of ${count(all, 'connection')}`
}

/** Those that are on their way out are told of in the timeline. */
function watched({ connections }: PoolView): readonly ConnectionCell[] {
  return connections.filter(({ state }) => state !== 'closing' && state !== 'closed')
}

function verdict(status: Status, sentence: string, remark?: string): Verdict {
  return { status, sentence, remark }
}

function wholeOf(connections: number): string {
  if (connections === 1) return 'The only connection is'
  return connections === 2 ? 'Both connections are' : `All ${connections} connections are`
}
