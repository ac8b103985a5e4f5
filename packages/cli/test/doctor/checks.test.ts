import { describe, expect, it } from 'vitest'
import { checks, examine } from '../../src/doctor/checks.ts'
import type { DatabaseFacts } from '../../src/doctor/facts/database-facts.ts'
import { factsWith, someSession, soundFacts } from './sound-facts.ts'

const day = 86_400_000
const holder = { ...someSession, processId: 12, application: 'forgetful' }
const blocked = (waitingMs: number) => ({
  ...someSession,
  state: 'active',
  waitingMs,
  holders: [holder],
})
const trip = (p50Ms: number, p95Ms: number) => ({
  roundTrip: { samples: 30, p50Ms, p95Ms, maxMs: p95Ms },
})

/** What each finding is found from, with its severity. */
const rows: readonly (readonly [string, 'critical' | 'warning' | 'info', DatabaseFacts])[] = [
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
]

describe('the checks', () => {
  it('find nothing in sound facts', () => {
    expect(examine(soundFacts)).toEqual([])
  })
  it.each(rows)('find %s as %s, and nothing else', (id, severity, facts) => {
    expect(examine(facts).map((found) => [found.id, found.severity])).toEqual([[id, severity]])
  })
  it('are all shown above', () => {
    const known = checks.flatMap(({ finds }) => Object.keys(finds))
    expect(new Set(rows.map(([id]) => id))).toEqual(new Set(known))
  })
  it.each([
    ['a round trip of 19.9 ms', factsWith({ network: trip(19.9, 21) })],
    ['a tail of four medians', factsWith({ network: trip(5, 20) })],
    ['plain text on loopback', factsWith({ tls: { isOn: false }, network: { isLocal: true } })],
    ['lost clients behind a pooler', factsWith({ settings: { clientCheckIntervalMs: undefined } })],
    ['pools that fit', factsWith({ asked: { max: 20, processes: 3 } })],
    ['a fifth of the connections free', factsWith({ connections: { free: 20 } })],
    ['a version without an end yet', factsWith({ server: { version: 190_000 } })],
  ])('find nothing in %s', (_what, facts) => {
    expect(examine(facts)).toEqual([])
  })
  it('find nothing where nothing could be seen', () => {
    const nothing = factsWith({
      server: undefined,
      settings: undefined,
      connections: undefined,
      sessions: undefined,
      replication: undefined,
    })
    expect(examine(nothing)).toEqual([])
  })
  it('take a session that others wait for more seriously', () => {
    const facts = factsWith({ sessions: { idleInTransaction: [holder], blocked: [blocked(10)] } })
    const found = examine(facts).find(({ id }) => id === 'sessions.idle-in-transaction')
    expect(found).toMatchObject({ severity: 'warning' })
    expect(found?.reason).toContain('others wait for them')
  })
  it('name who waits for whom', () => {
    const [found] = examine(factsWith({ sessions: { blocked: [blocked(5_000)] } }))
    expect(found?.reason).toContain('session 4711 of reports waits for session 12 of forgetful')
    expect(found?.fix).toContain('pg_terminate_backend(12)')
  })
  it('tell the most severe first', () => {
    const facts = factsWith({
      sessions: { blocked: [blocked(60_000)] },
      tls: { isOn: false },
      settings: { lockTimeoutMs: 0 },
    })
    expect(examine(facts).map(({ severity }) => severity)).toEqual(['critical', 'warning', 'info'])
  })
})
