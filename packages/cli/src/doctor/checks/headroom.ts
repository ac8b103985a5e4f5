import type { ConnectionFacts } from '../facts/database-facts.ts'
import type { Check, Finding } from '../finding.ts'
import { connectionsOfPools } from '../recommend-options.ts'

type Id = 'headroom.low' | 'headroom.pools' | 'headroom.role-limit' | 'headroom.database-limit'

const LOW_RATIO = 0.2
const FEW = 3

export const headroomCheck: Check<Id> = {
  finds: {
    'headroom.low': `under ${LOW_RATIO * 100} % of the connections are free; critical below ${FEW}`,
    'headroom.pools': 'the pools that you have (`--max`, `--processes`) want more than is free',
    'headroom.role-limit': 'the role may have fewer connections than your pools want',
    'headroom.database-limit': 'the database may have fewer connections than your pools want',
  },
  examine({ connections, asked, pooler }) {
    if (connections === undefined) return []
    const { free, max, reserved, used, byApplication } = connections
    const found: Finding<Id>[] = []
    const usable = max - reserved
    const largest = byApplication[0]
    if (free !== undefined && free < usable * LOW_RATIO) {
      const idle = largest?.idle === undefined ? '' : `, ${largest.idle} of them idle`
      found.push({
        id: 'headroom.low',
        severity: free < FEW ? 'critical' : 'warning',
        title: `${used} of ${usable} connections are in use, ${free} are free`,
        reason: `with none left nobody gets in (SQLSTATE 53300)${largest === undefined ? '' : `; most belong to ${largest.application}: ${largest.connections}${idle}`}`,
        fix: 'make pools smaller or fewer first: a server does more with few connections; else put a pooler in between, or raise `max_connections`',
        evidence: { max, reserved, used, free, byApplication },
      })
    }
    if (asked.max === undefined || pooler?.mode === 'transaction') return found // clients take no backends
    return [...found, ...limitsOf(connections, connectionsOfPools(asked.max, asked.processes))]
  },
}

function limitsOf(connections: ConnectionFacts, wanted: number): Finding<Id>[] {
  const { free, roleLimit, roleUsed, databaseLimit, databaseUsed } = connections
  const found: Finding<Id>[] = []
  const reason =
    'counted are all processes, and for each pool one session of its sentinel and one for a replacement that warms'
  if (free !== undefined && wanted > free) {
    found.push({
      id: 'headroom.pools',
      severity: 'warning',
      title: `your pools want ${wanted} connections, and ${free} are free`,
      reason: `${reason}; if they run already, theirs are among those in use`,
      fix: 'make `max` smaller, as recommended below',
      evidence: { wanted, free },
    })
  }
  const limits = [
    ['headroom.role-limit', 'role', roleLimit, roleUsed],
    ['headroom.database-limit', 'database', databaseLimit, databaseUsed],
  ] as const
  for (const [id, whose, limit, used] of limits) {
    if (limit === undefined || wanted <= limit) continue
    found.push({
      id,
      severity: 'warning',
      title: `your pools want ${wanted} connections, and the ${whose} may have ${limit}`,
      reason,
      fix: `make \`max\` smaller, or raise it: alter ${whose} … connection limit ${wanted}`,
      evidence: { wanted, limit, used },
    })
  }
  return found
}
