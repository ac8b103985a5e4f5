import type { DatabaseFacts } from '../../src/doctor/facts/database-facts.ts'
import type { SessionView } from '../../src/doctor/facts/session-facts.ts'

const spread = { samples: 30, p50Ms: 0.5, p95Ms: 0.9, maxMs: 1.2 }

/** A database that nothing is to be said of: near, with TLS, with time limits, with room. */
export const soundFacts: DatabaseFacts = {
  at: Date.parse('2026-06-01T00:00:00Z'),
  asked: { max: undefined, processes: 1 },
  network: {
    isLocal: false,
    addresses: 1,
    lookupMs: 1,
    tcpMs: 1,
    tlsMs: 3,
    startMs: 5,
    connectMs: 10,
    roundTrip: spread,
    smallQuery: spread,
  },
  tls: {
    isOn: true,
    protocol: 'TLSv1.3',
    isVerified: true,
    certificateEndsAt: Date.parse('2027-01-01T00:00:00Z'),
  },
  pooler: undefined,
  server: {
    version: 180_004,
    versionText: '18.4',
    role: 'primary',
    isReadOnly: false,
    uptimeMs: 86_400_000,
    seesAll: true,
    isSuperuser: false,
  },
  settings: {
    statementTimeoutMs: 30_000,
    lockTimeoutMs: 5_000,
    idleInTransactionTimeoutMs: 60_000,
    idleSessionTimeoutMs: 0,
    transactionTimeoutMs: 0,
    authenticationTimeoutMs: 60_000,
    clientCheckIntervalMs: 10_000,
    keepaliveIdleMs: 60_000,
    keepaliveIntervalMs: 10_000,
    keepaliveCount: 6,
    tcpUserTimeoutMs: 0,
    synchronousCommit: 'on',
    offersTls: true,
    standardStrings: true,
  },
  connections: {
    max: 100,
    reserved: 3,
    used: 10,
    free: 87,
    roleLimit: undefined,
    roleUsed: 5,
    databaseLimit: undefined,
    databaseUsed: 8,
    byApplication: [{ application: 'shop', connections: 5, idle: 4 }],
  },
  sessions: {
    idleInTransaction: [],
    longTransactions: [],
    blocked: [],
    prepared: { count: 0, oldestMs: undefined },
  },
  replication: {
    lagMs: undefined,
    standbys: 0,
    synchronousStandbys: 0,
    isSynchronous: false,
  },
  unseen: [],
}

export const someSession: SessionView = {
  processId: 4711,
  application: 'reports',
  state: 'idle in transaction',
  stateMs: 1_500,
  transactionMs: 2_000,
  xminAge: 3,
  statement: 'update orders set total = ?',
}

/** The sound facts but for those parts; within a part, but for those values. */
export function factsWith(
  changes: {
    readonly [Part in keyof DatabaseFacts]?: Partial<DatabaseFacts[Part]> | undefined
  },
): DatabaseFacts {
  const parts = Object.entries(changes).map(([name, change]) => {
    const before = soundFacts[name as keyof DatabaseFacts]
    const isPart = typeof before === 'object' && typeof change === 'object'
    return [name, isPart && !Array.isArray(change) ? { ...before, ...change } : change]
  })
  return { ...soundFacts, ...Object.fromEntries(parts) }
}
