import type { ConnectionCell, PoolView } from '@hale/dashboard'

/** The pool in a sentence. */
export interface PoolVerdict {
  readonly status: ConnectionCell['status']
  readonly sentence: string
}

/** What keeps callers waiting first, then what may do so. */
export function verdictOf(pool: PoolView): PoolVerdict {
  const cells = pool.connections.filter(({ state }) => state !== 'closing' && state !== 'closed')
  return ofReadiness(pool) ?? ofIssues(pool, cells) ?? ofStatuses(cells)
}

function ofReadiness({ readiness, counts }: PoolView): PoolVerdict | undefined {
  switch (readiness.reason) {
    case 'closed':
      return { status: 'unknown', sentence: 'the pool is closed' }
    case 'server-unreachable':
      return { status: 'unhealthy', sentence: 'the server cannot be reached' }
    case 'exhausted':
      return {
        status: 'unhealthy',
        sentence: `all ${counts.max} connections are in use, and ${counts.waiting} ${counts.waiting === 1 ? 'caller waits' : 'callers wait'}`,
      }
    default:
      return undefined
  }
}

function ofIssues(
  { issues, mode }: PoolView,
  cells: readonly ConnectionCell[],
): PoolVerdict | undefined {
  const open = issues.filter(({ clearedAt }) => clearedAt === null)
  const unhealthy = cells.filter(({ status }) => status === 'unhealthy').length
  if (unhealthy > 0) {
    const observed = mode === 'observe' ? '; Hale only observes' : ''
    return {
      status: 'unhealthy',
      sentence: `${share(unhealthy, cells.length, 'unhealthy')}${observed}`,
    }
  }
  const critical = open.find(({ severity }) => severity === 'critical')
  if (critical !== undefined) return { status: 'unhealthy', sentence: titleOf(critical.type) }
  const degraded = cells.filter(({ status }) => status === 'degraded').length
  if (degraded > 0)
    return { status: 'degraded', sentence: share(degraded, cells.length, 'degraded') }
  const warning = open.find(({ severity }) => severity === 'warning')
  return warning && { status: 'degraded', sentence: titleOf(warning.type) }
}

function ofStatuses(cells: readonly ConnectionCell[]): PoolVerdict {
  const unknown = cells.filter(({ status }) => status === 'unknown').length
  const sound = cells.length - unknown
  if (cells.length === 0) return { status: 'unknown', sentence: 'no connection is open' }
  if (sound === 0) {
    return {
      status: 'unknown',
      sentence: `${cells.length} open, with too little evidence to judge yet`,
    }
  }
  if (unknown === 0) return { status: 'healthy', sentence: `all ${cells.length} healthy` }
  return {
    status: 'healthy',
    sentence: `${sound} of ${cells.length} healthy, ${unknown} not judged yet`,
  }
}

function share(some: number, all: number, what: string): string {
  return `${some} of ${all} ${what}`
}

/** `server_slow` is the server's name for it; people read `server slow`. */
function titleOf(type: string): string {
  return type.replaceAll('_', ' ')
}
