import type { Check, Finding } from '../finding.ts'

type Id = 'pooler.transaction' | 'pooler.session' | 'pooler.unknown-mode'

export const poolerCheck: Check<Id> = {
  finds: {
    'pooler.transaction': 'a pooler lends backends for a transaction at a time',
    'pooler.session': 'a pooler lends backends for a session at a time',
    'pooler.unknown-mode': 'a pooler stands in between, and nothing tells how it lends',
  },
  examine({ pooler }) {
    if (pooler === undefined) return []
    const name = pooler.name === 'pgbouncer' ? 'PgBouncer' : 'a pooler'
    const hidden =
      'Hale cannot see what a backend does, so a statement that hangs is ended by time alone'
    const evidence = { name: pooler.name, mode: pooler.mode }
    const timeout = 'set `query_timeout` on the pool'
    return [byMode[pooler.mode ?? 'unknown'](name, hidden, timeout, evidence)]
  },
}

type Told = (
  name: string,
  hidden: string,
  timeout: string,
  evidence: Finding['evidence'],
) => Finding<Id>

const byMode: Readonly<Record<'transaction' | 'session' | 'unknown', Told>> = {
  transaction: (name, hidden, timeout, evidence) => ({
    id: 'pooler.transaction',
    severity: 'info',
    title: `${name} stands in between, and lends backends for a transaction`,
    reason: `nothing of a session outlives its transaction: SET, LISTEN, advisory locks, temporary tables; named statements work only where the pooler follows them (PgBouncer 1.21 and later with max_prepared_statements above 0). ${hidden}`,
    fix: `use SET LOCAL; leave statements unnamed unless the pooler follows them; listen on a direct connection; ${timeout}`,
    evidence,
  }),
  session: (name, hidden, timeout, evidence) => ({
    id: 'pooler.session',
    severity: 'info',
    title: `${name} stands in between, and lends backends for a session`,
    reason: `each connection of your pools holds one of its backends for as long as it is open, so two pools stand behind one another. ${hidden}`,
    fix: `keep \`max\` over all processes at or below the pooler's own size and \`idleTimeoutMillis\` low, or connect directly; ${timeout}`,
    evidence,
  }),
  unknown: (name, hidden, timeout, evidence) => ({
    id: 'pooler.unknown-mode',
    severity: 'info',
    title: `${name} stands in between`,
    reason: `it let no second session in, so that nothing tells for how long a client keeps its backend. ${hidden}`,
    fix: `look at its mode and its limits of clients, then run this again; ${timeout}`,
    evidence,
  }),
}
