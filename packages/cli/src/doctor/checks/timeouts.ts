import { durationInWords } from '@hale/core'
import type { Check, Finding } from '../finding.ts'

type Id =
  | 'timeouts.idle-in-transaction'
  | 'timeouts.statement'
  | 'timeouts.lock'
  | 'timeouts.idle-session'
  | 'timeouts.authentication'

/** A session of a pool is idle for longer than this in the ordinary course of things. */
const SHORT_IDLE_MS = 60_000
/** Opening may take this share of `authentication_timeout`, more or less, before it is called short. */
const SHORT_AUTHENTICATION_RATIO = 0.25

export const timeoutsCheck: Check<Id> = {
  finds: {
    'timeouts.idle-in-transaction': 'a forgotten transaction stays open for ever',
    'timeouts.statement': 'a statement may run for ever',
    'timeouts.lock': 'a statement may wait for a lock for ever',
    'timeouts.idle-session': `the server ends sessions that are idle; a warning below ${durationInWords(SHORT_IDLE_MS)}`,
    'timeouts.authentication':
      'opening a connection takes over a quarter of the time that the server allows',
  },
  examine({ settings, network }) {
    if (settings === undefined) return []
    const off = unlimited.filter(({ read }) => read(settings) === 0).map(({ finding }) => finding)
    const found: Finding<Id>[] = [...off]
    const { idleSessionTimeoutMs = 0, authenticationTimeoutMs = Number.POSITIVE_INFINITY } =
      settings
    if (idleSessionTimeoutMs > 0) {
      found.push({
        id: 'timeouts.idle-session',
        severity: idleSessionTimeoutMs < SHORT_IDLE_MS ? 'warning' : 'info',
        title: `the server ends sessions that are idle for ${durationInWords(idleSessionTimeoutMs)}`,
        reason:
          'connections of a pool are idle between requests; Hale replaces one that was ended, but the pool is cold by then',
        fix: 'set `idleTimeoutMillis` below it, as recommended, or exempt the role: `alter role … set idle_session_timeout = 0`',
        evidence: { idleSessionTimeoutMs },
      })
    }
    if (network.connectMs > authenticationTimeoutMs * SHORT_AUTHENTICATION_RATIO) {
      found.push({
        id: 'timeouts.authentication',
        severity: 'warning',
        title: `a connection opens in ${durationInWords(network.connectMs)}, and the server allows ${durationInWords(authenticationTimeoutMs)}`,
        reason: 'when many connect at once some will be turned away',
        fix: 'raise `authentication_timeout`, or find out why opening is slow',
        evidence: { connectMs: network.connectMs, authenticationTimeoutMs },
      })
    }
    return found
  },
}

type Settings = Parameters<typeof timeoutsCheck.examine>[0]['settings'] & object

interface Unlimited {
  readonly read: (settings: Settings) => number | undefined
  readonly finding: Finding<Id>
}

/** All are off as PostgreSQL comes, so none of them is more than good to know. */
const unlimited: readonly Unlimited[] = [
  {
    read: ({ idleInTransactionTimeoutMs }) => idleInTransactionTimeoutMs,
    finding: {
      id: 'timeouts.idle-in-transaction',
      severity: 'info',
      title: 'a transaction may stay open for ever',
      reason:
        'a process that hangs between two statements keeps its locks, and keeps vacuum from cleaning up',
      fix: "alter role … set idle_in_transaction_session_timeout = '60s'",
      evidence: { idleInTransactionTimeoutMs: 0 },
    },
  },
  {
    read: ({ statementTimeoutMs }) => statementTimeoutMs,
    finding: {
      id: 'timeouts.statement',
      severity: 'info',
      title: 'a statement may run for ever',
      reason: 'its caller has long given up while it still takes a connection and the CPU',
      fix: "alter role … set statement_timeout = '30s', or `statement_timeout` on the pool; give migrations and reports a role of their own",
      evidence: { statementTimeoutMs: 0 },
    },
  },
  {
    read: ({ lockTimeoutMs }) => lockTimeoutMs,
    finding: {
      id: 'timeouts.lock',
      severity: 'info',
      title: 'a statement may wait for a lock for ever',
      reason:
        'everybody who comes after it waits as well: one ALTER TABLE behind one open transaction stops all readers',
      fix: "alter role … set lock_timeout = '5s', at least for the role of migrations",
      evidence: { lockTimeoutMs: 0 },
    },
  },
]
