import type { DatabaseFacts } from '../../src/doctor/facts/database-facts.ts'
import type { FindingSeverity } from '../../src/doctor/finding.ts'
import { factsWith, someSession, soundFacts } from './sound-facts.ts'

const day = 86_400_000
export const holder = { ...someSession, processId: 12, application: 'forgetful' }
export const blocked = (waitingMs: number) => ({
  ...someSession,
  state: 'active',
  waitingMs,
  holders: [holder],
})
export const trip = (p50Ms: number, p95Ms: number) => {
  const spread = { samples: 30, p50Ms, p95Ms, maxMs: p95Ms }
  return { roundTrip: spread, smallQuery: spread }
}

/** What each finding is found from, with its severity. */
export const findingRows: readonly (readonly [string, FindingSeverity, DatabaseFacts])[] = [
  ['network.slow', 'warning', factsWith({ network: trip(20, 25) })],
  ['network.jitter', 'warning', factsWith({ network: trip(1, 6.1) })],
  ['network.slow-connect', 'warning', factsWith({ network: { connectMs: 500 } })],
  ['network.addresses', 'info', factsWith({ network: { addresses: 2 } })],
  ['tls.off', 'warning', factsWith({ tls: { isOn: false } })],
  ['tls.unverified', 'warning', factsWith({ tls: { isVerified: false } })],
  ['tls.old-protocol', 'warning', factsWith({ tls: { protocol: 'TLSv1.1' } })],
  [
    'tls.certificate-ends',
    'warning',
    factsWith({ tls: { certificateEndsAt: soundFacts.at + 13 * day } }),
  ],
  [
    'tls.certificate-ends',
    'critical',
    factsWith({ tls: { certificateEndsAt: soundFacts.at + 2 * day } }),
  ],
  ['pooler.transaction', 'info', factsWith({ pooler: { name: 'pgbouncer', mode: 'transaction' } })],
  ['pooler.session', 'info', factsWith({ pooler: { name: 'pgbouncer', mode: 'session' } })],
  ['pooler.unknown-mode', 'info', factsWith({ pooler: { name: 'unknown', mode: undefined } })],
  ['server.too-old', 'warning', factsWith({ server: { version: 110_022, versionText: '11.22' } })],
  ['server.unsupported', 'warning', factsWith({ server: { version: 130_023 } })],
  ['server.support-ends', 'info', factsWith({ server: { version: 140_023 } })],
  ['server.young', 'info', factsWith({ server: { uptimeMs: 599_999 } })],
  [
    'timeouts.idle-in-transaction',
    'info',
    factsWith({ settings: { idleInTransactionTimeoutMs: 0 } }),
  ],
  ['timeouts.statement', 'info', factsWith({ settings: { statementTimeoutMs: 0 } })],
  ['timeouts.lock', 'info', factsWith({ settings: { lockTimeoutMs: 0 } })],
  ['timeouts.idle-session', 'info', factsWith({ settings: { idleSessionTimeoutMs: 60_000 } })],
  ['timeouts.idle-session', 'warning', factsWith({ settings: { idleSessionTimeoutMs: 59_999 } })],
  ['timeouts.authentication', 'warning', factsWith({ settings: { authenticationTimeoutMs: 39 } })],
  ['clients.keepalive', 'info', factsWith({ settings: { keepaliveIdleMs: 7_200_000 } })],
  ['clients.check-interval', 'info', factsWith({ settings: { clientCheckIntervalMs: 0 } })],
  ['headroom.low', 'warning', factsWith({ connections: { free: 19 } })],
  ['headroom.low', 'critical', factsWith({ connections: { free: 2 } })],
  ['headroom.pools', 'warning', factsWith({ asked: { max: 20, processes: 4 } })],
  [
    'headroom.role-limit',
    'warning',
    factsWith({ asked: { max: 20 }, connections: { roleLimit: 21 } }),
  ],
  [
    'headroom.database-limit',
    'warning',
    factsWith({ asked: { max: 20 }, connections: { databaseLimit: 21 } }),
  ],
  ['sessions.blocked', 'info', factsWith({ sessions: { blocked: [blocked(999)] } })],
  ['sessions.blocked', 'warning', factsWith({ sessions: { blocked: [blocked(1_000)] } })],
  ['sessions.blocked', 'critical', factsWith({ sessions: { blocked: [blocked(30_000)] } })],
  [
    'sessions.idle-in-transaction',
    'info',
    factsWith({ sessions: { idleInTransaction: [someSession] } }),
  ],
  [
    'sessions.idle-in-transaction',
    'warning',
    factsWith({ sessions: { idleInTransaction: [{ ...someSession, stateMs: 30_000 }] } }),
  ],
  [
    'sessions.idle-in-transaction',
    'critical',
    factsWith({ sessions: { idleInTransaction: [{ ...someSession, stateMs: 600_000 }] } }),
  ],
  [
    'sessions.long-transaction',
    'warning',
    factsWith({ sessions: { longTransactions: [{ ...someSession, transactionMs: 300_000 }] } }),
  ],
  [
    'sessions.prepared',
    'critical',
    factsWith({ sessions: { prepared: { count: 1, oldestMs: 3_600_000 } } }),
  ],
  ['role.standby', 'info', factsWith({ server: { role: 'standby' } })],
  ['role.read-only', 'warning', factsWith({ server: { isReadOnly: true } })],
  ['role.lag', 'warning', factsWith({ replication: { lagMs: 10_000 } })],
  ['role.lag', 'critical', factsWith({ replication: { lagMs: 300_000 } })],
  [
    'replication.no-synchronous-standby',
    'critical',
    factsWith({ replication: { isSynchronous: true } }),
  ],
  ['server.asynchronous-commit', 'info', factsWith({ settings: { synchronousCommit: 'off' } })],
  ['privileges.statistics', 'info', factsWith({ server: { seesAll: false } })],
  ['privileges.superuser', 'info', factsWith({ server: { isSuperuser: true } })],
  [
    'sessions.long-transaction',
    'info',
    factsWith({ sessions: { longTransactions: [{ ...someSession, transactionMs: 299_999 }] } }),
  ],
  [
    'sessions.long-transaction',
    'critical',
    factsWith({ sessions: { longTransactions: [{ ...someSession, transactionMs: 3_600_000 }] } }),
  ],
  ['sessions.prepared', 'info', factsWith({ sessions: { prepared: { count: 1, oldestMs: 1 } } })],
  [
    'sessions.prepared',
    'warning',
    factsWith({ sessions: { prepared: { count: 1, oldestMs: 300_000 } } }),
  ],
]
