import type {
  BackendName,
  ConnectionCell,
  DashboardState,
  IssueView,
  PoolView,
  Series,
  TimelineEntry,
} from '../../src/state/dashboard-state.ts'

/** A fixed instant, so that pictures of the page do not differ for nothing. */
export const startedAt: number = Date.UTC(2026, 10, 3, 14, 20, 0)

/** One healthy connection; `changes` are what is not ordinary about it. */
export function cellOf(
  connectionId: number,
  changes: Partial<ConnectionCell> = {},
): ConnectionCell {
  const wave = (index: number): number =>
    1.4 + Math.sin(index / 4 + connectionId) * 0.5 + ((index * 7 + connectionId * 13) % 10) / 14
  return {
    connectionId,
    processId: 4_100 + connectionId,
    state: connectionId % 3 === 0 ? 'leased' : 'idle',
    status: 'healthy',
    score: 0.97,
    ageMs: 411_000 + connectionId * 61_000,
    uses: 812 + connectionId * 37,
    leasedMs: connectionId % 3 === 0 ? 14 : null,
    leasedBy: connectionId % 3 === 0 ? 'src/orders/list-orders.ts:41' : null,
    operation: { kind: 'select', queryId: connectionId % 2 === 0 ? 'orders' : 'order_lines' },
    condemnedFor: null,
    explanation: `Connection ${connectionId} is healthy: 2140 statements, half of them within 1.4 ms, 95 % within 4.1 ms, probes from 0.21 ms, a mean score of +0.04 in 214 duels, 11 peers.`,
    evidence: {
      reasons: [],
      attempts: 2_140,
      probes: 41,
      faults: 0,
      errorRatio: 0,
      p50Ms: 1.4,
      p95Ms: 4.1,
      probeFloorMs: 0.21,
      duels: 214,
      meanScore: 0.04,
      shiftSuspicion: 0.04,
      tailSuspicion: 0.01,
      errorSuspicion: 0,
      isBeingConfirmed: false,
      peers: 11,
    },
    recommendedActions: ['none'],
    p50Ms: 1.4,
    p95Ms: 4.1,
    probeMs: 0.24,
    latencyMs: Array.from({ length: 60 }, (_, index) => wave(index)),
    backend: { state: connectionId % 3 === 0 ? 'active' : 'idle', locksHeld: 2, oldestLockMs: 8 },
    ...changes,
  }
}

/** A slow one that Hale is about to replace. */
export function slowCell(connectionId: number): ConnectionCell {
  const sound = cellOf(connectionId)
  return cellOf(connectionId, {
    state: 'leased',
    status: 'unhealthy',
    score: 0.12,
    leasedMs: 96,
    leasedBy: 'src/orders/list-orders.ts:41',
    condemnedFor: 'latency',
    explanation: `Connection ${connectionId} is unhealthy: it lost 9 of 9 network probes against a sound connection, 41 ms beside 0.3 ms.`,
    evidence: {
      ...sound.evidence,
      reasons: ['critical-issue', 'suspicion'],
      meanScore: 2.31,
      shiftSuspicion: 1,
      tailSuspicion: 0.22,
      probeFloorMs: 40.6,
      p50Ms: 42,
      p95Ms: 88,
    },
    recommendedActions: ['replace'],
    p50Ms: 42,
    p95Ms: 88,
    probeMs: 41,
    latencyMs: sound.latencyMs.map((ms, index) =>
      index < 42 ? ms : (ms ?? 0) + 38 + (index % 4) * 3,
    ),
  })
}

/** An hour of samples that end at `endsAt`. */
export function seriesOf(endsAt: number, columns = 900): Series {
  const at = Array.from({ length: columns }, (_, index) => endsAt - (columns - 1 - index) * 4_000)
  const noise = (index: number): number => ((index * 7_919) % 101) / 101
  return {
    at,
    statementsPerSecond: at.map((_, index) => 380 + Math.sin(index / 90) * 90 + noise(index) * 60),
    meanMs: at.map((_, index) => 1.6 + noise(index) * 0.6 + (index > 860 ? 3 : 0)),
    p95Ms: at.map((_, index) => 4 + noise(index + 3) * 1.5 + (index > 860 ? 30 : 0)),
    failuresPerSecond: at.map((_, index) => (index > 400 && index < 420 ? 12 * noise(index) : 0)),
    leased: at.map((_, index) => Math.round(4 + Math.sin(index / 60) * 2 + noise(index) * 2)),
    waiting: at.map((_, index) => (index > 402 && index < 416 ? Math.round(noise(index) * 9) : 0)),
    unhealthy: at.map((_, index) => (index > 870 || (index > 398 && index < 418) ? 1 : 0)),
  }
}

const recycleCauses = [
  'lifetime',
  'uses',
  'idle',
  'memory',
  'surplus',
  'operator',
  'pool-closed',
  'lost',
  'unresponsive',
  'latency',
  'stalls',
  'ageing',
  'faults',
  'role',
  'plan',
  'busy',
  'transaction',
  'dirty',
  'leaked',
  'released-with-error',
  'hook',
] as const

/** A pool in which all is well. */
export function calmPool(connections = 12, changes: Partial<PoolView> = {}): PoolView {
  const cells = Array.from({ length: connections }, (_, index) => cellOf(index + 1))
  const leased = cells.filter(({ state }) => state === 'leased').length
  const none = Object.fromEntries(recycleCauses.map((cause) => [cause, 0]))
  const channel = { swaps: 0, helped: 0, trust: 0.75, limitFactor: 1 as const }
  return {
    target: { host: 'db.internal', port: 5432, database: 'orders' },
    mode: 'enforce',
    readiness: { ready: true, reason: 'ready' },
    counts: {
      max: 20,
      total: connections,
      opening: 0,
      idle: connections - leased,
      leased,
      probing: 0,
      cleaning: 0,
      closing: 0,
      waiting: 0,
    },
    connections: cells,
    issues: [],
    blocks: [],
    timeline: [],
    series: seriesOf(startedAt),
    server: {
      host: 'db.internal',
      port: 5432,
      version: '18.4',
      inHotStandby: false,
      role: 'primary',
      uptimeMs: 1_234_000_000,
      systemIdentifier: '7412',
      timeline: 1,
      connections: { max: 200, reserved: 3, used: 64, free: 133 },
      deadlocksPerSecond: 0,
      conflictsPerSecond: 0,
      tempBytesPerSecond: 0,
      checkpointsPerMinute: { timed: 0.2, requested: 0 },
      replicationLagMs: 42,
      standbys: 1,
      waits: { CPU: 3, IO: 1 },
      pooler: undefined,
      sentinel: 'watching',
      limits: [],
      openingFailures: 0,
      isBreakerOpen: false,
    },
    totals: {
      leases: 201_300,
      acquireTimeouts: 0,
      opened: 14,
      openFailures: 0,
      closed: 2,
      reclaimed: 0,
      recycles: { ...none, lifetime: 2 } as PoolView['totals']['recycles'],
      listenerErrors: 0,
      operations: {},
    },
    learning: { shift: channel, tail: channel, error: channel, ageing: channel, liveness: channel },
    ...changes,
  } as PoolView
}

const slowIssue: IssueView = {
  id: 7,
  type: 'high_latency',
  scope: 'connection',
  severity: 'critical',
  connectionId: 7,
  detectedAt: startedAt - 11_000,
  lastSeenAt: startedAt,
  clearedAt: null,
  explanation: 'it lost 9 of 9 network probes against a sound connection, 41 ms beside 0.3 ms',
  evidence: {
    basis: 'duel',
    probe: 'network',
    suspectMs: 41,
    referenceMs: 0.3,
    pairs: 9,
    lost: 9,
    reference: 'peer',
    score: 2.31,
    suspicion: 1,
  } as IssueView['evidence'],
}

const idleIssue: IssueView = {
  id: 6,
  type: 'idle_in_transaction',
  scope: 'connection',
  severity: 'warning',
  connectionId: 4,
  detectedAt: startedAt - 194_000,
  lastSeenAt: startedAt,
  clearedAt: null,
  explanation:
    'its transaction has had nothing to do for 3.2 min (limit 60 s), and vacuum has to spare what 1204 later transactions left',
  evidence: { idleMs: 194_000, transactionMs: 201_000, limitMs: 60_000, xminAge: 1_204 },
}

const lostIssue: IssueView = {
  id: 5,
  type: 'unresponsive',
  scope: 'connection',
  severity: 'critical',
  connectionId: 2,
  detectedAt: startedAt - 1_980_000,
  lastSeenAt: startedAt - 1_980_000,
  clearedAt: startedAt - 1_979_000,
  explanation: 'no answer within 500 ms (verify)',
  evidence: { waitedMs: 500, during: 'verify' },
}

const worker: BackendName = {
  processId: 9_120,
  connectionId: null,
  applicationName: 'billing-worker',
  statement: 'update invoices set state = ? where id = ?',
}

/** A pool in which one connection is slow, one holds a lock, and one was swapped half an hour ago. */
export function troubledPool(): PoolView {
  const calm = calmPool()
  const changed = new Map([
    [7, slowCell(7)],
    [
      4,
      cellOf(4, {
        state: 'leased',
        status: 'degraded',
        score: 0.61,
        leasedMs: 201_000,
        leasedBy: 'src/reports/export.ts:88',
        operation: { kind: 'update', queryId: 'invoices' },
        explanation: `Connection 4 is degraded: ${idleIssue.explanation}.`,
        recommendedActions: ['observe'],
        backend: {
          state: 'idle in transaction',
          transactionAgeMs: 201_000,
          idleInTransactionMs: 194_000,
          locksHeld: 6,
          oldestLockMs: 200_000,
          xminAge: 1_204,
          blocksCount: 2,
          blockingMs: 61_000,
        },
        latencyMs: cellOf(4).latencyMs.map((ms, index) => (index > 40 ? null : ms)),
      }),
    ],
    [
      13,
      cellOf(13, {
        status: 'unknown',
        score: null,
        ageMs: 9_000,
        uses: 2,
        p50Ms: null,
        p95Ms: null,
        operation: null,
        state: 'probing',
        latencyMs: [null, 1.1, 1.4],
        explanation: 'Connection 13 has too little evidence: 2 statements and 1 probe so far.',
        evidence: { ...cellOf(13).evidence, attempts: 2, duels: 0, meanScore: undefined },
        recommendedActions: ['probe'],
      }),
    ],
  ])
  const holder: BackendName = {
    processId: 4_104,
    connectionId: 4,
    applicationName: 'orders-api',
    statement: 'update invoices set state = ? where customer = ?',
  }
  return {
    ...calm,
    connections: [...calm.connections, cellOf(13)].map(
      (cell) => changed.get(cell.connectionId) ?? cell,
    ),
    counts: { ...calm.counts, total: 13, leased: 6, idle: 6, probing: 1 },
    issues: [slowIssue, idleIssue, lostIssue],
    blocks: [
      { waiting: worker, holder, waitedMs: 61_000 },
      {
        waiting: {
          processId: 4_109,
          connectionId: 9,
          applicationName: 'orders-api',
          statement: 'select * from invoices where id = ? for update',
        },
        holder: worker,
        waitedMs: 12_000,
      },
    ],
    timeline: troubledTimeline,
    totals: { ...calm.totals, recycles: { ...calm.totals.recycles, unresponsive: 1, latency: 1 } },
    learning: { ...calm.learning, shift: { ...calm.learning.shift, swaps: 5, helped: 4 } },
  }
}

const troubledTimeline: readonly TimelineEntry[] = [
  entryOf(
    9,
    4_000,
    'condemned',
    'warning',
    7,
    13,
    'latency',
    'Connection 7 was condemned because it was slower than its peers: it lost 9 of 9 network probes against a sound connection, 41 ms beside 0.3 ms. It is in use, so it leaves when it is released.',
  ),
  entryOf(
    8,
    9_000,
    'opened',
    'info',
    13,
    null,
    null,
    'Connection 13 was opened in 9 ms, to replace connection 7 if that has to leave.',
  ),
  entryOf(
    7,
    1_978_000,
    'opened',
    'info',
    12,
    null,
    null,
    'Connection 12 was opened in 11 ms, 38 ms after connection 2 had left.',
  ),
  entryOf(
    6,
    1_979_000,
    'evicted',
    'warning',
    2,
    12,
    'unresponsive',
    'Connection 2 was evicted because an empty query got no answer in time: no answer within 500 ms (verify). It lived 42 min, was lent 1904 times and ran 2310 statements. Nobody held it, so no caller noticed. Connection 12 was open in its place 38 ms later.',
  ),
  entryOf(
    5,
    2_760_000,
    'retired',
    'info',
    1,
    11,
    'lifetime',
    'Connection 1 was retired because it had reached the end of its lifetime. It lived 29 min, was lent 1204 times and ran 1204 statements. Connection 11, opened 40 ms before, took its place.',
  ),
  entryOf(
    4,
    3_300_000,
    'timed-out',
    'critical',
    null,
    null,
    null,
    '3 callers waited 30 s in vain: all 20 connections were in use.',
  ),
]

function entryOf(
  id: number,
  agoMs: number,
  kind: TimelineEntry['kind'],
  severity: TimelineEntry['severity'],
  connectionId: number | null,
  successorId: number | null,
  cause: TimelineEntry['cause'],
  text: string,
): TimelineEntry {
  return { id, at: startedAt - agoMs, kind, severity, connectionId, successorId, cause, text }
}

/** The pools by name, as the server would send them. */
export function stateOf(pools: Readonly<Record<string, PoolView>>): DashboardState {
  return { version: 1, at: startedAt, pools }
}

/** What would set `window.__xss`, were it taken for markup. */
export const hostile = '<img src=x onerror="window.__xss=1">'

/** A pool in which every text that others choose is hostile. */
export function hostilePool(): PoolView {
  const troubled = troubledPool()
  const backend: BackendName = {
    processId: 1,
    connectionId: null,
    applicationName: hostile,
    statement: `select ${hostile}`,
  }
  return {
    ...troubled,
    target: { host: hostile, port: 1, database: hostile },
    connections: [
      cellOf(1, {
        state: 'leased',
        leasedMs: 5,
        leasedBy: hostile,
        explanation: hostile,
        operation: { kind: hostile, queryId: hostile },
        backend: { state: hostile, waitEvent: hostile },
      }),
    ],
    issues: troubled.issues.map((issue) => ({
      ...issue,
      explanation: hostile,
      evidence: { [hostile]: hostile } as unknown as IssueView['evidence'],
    })),
    blocks: [{ waiting: backend, holder: { ...backend, processId: 2 }, waitedMs: 1 }],
    timeline: troubledTimeline.map((entry) => ({ ...entry, text: `${hostile}${'x'.repeat(400)}` })),
    server: {
      ...troubled.server,
      version: hostile,
      limits: [{ fact: hostile, reason: hostile }],
      waits: { [hostile]: 1 },
    },
  }
}

/** One open issue of each type, with evidence of each shape. */
export function everyIssue(): readonly IssueView[] {
  return evidences.map(([type, evidence], index) => ({
    id: index + 1,
    type,
    scope: index % 5 === 4 ? 'pool' : 'connection',
    severity: (['critical', 'warning', 'info'] as const)[index % 3] ?? 'info',
    connectionId: index % 5 === 4 ? null : (index % 12) + 1,
    detectedAt: startedAt - index * 61_000,
    lastSeenAt: startedAt,
    clearedAt: index % 7 === 6 ? startedAt - 1_000 : null,
    explanation: 'what was found, in words with its numbers (limit 60 s)',
    evidence: evidence as unknown as IssueView['evidence'],
  }))
}

const waiter = {
  pid: 9_120,
  application: 'billing',
  statement: 'update t set a = ?',
  waitingMs: 4_000,
}

const evidences: readonly (readonly [IssueView['type'], object])[] = [
  ['high_latency', { basis: 'stalls', stalls: 3, runs: 120, suspicion: 1 }],
  ['error_rate', { basis: 'channel', faults: 4.2, attempts: 40, ratio: 0.1, lowerRatio: 0.05 }],
  ['timeouts', { timeouts: 3, attempts: 40, ratio: 0.08, lowerRatio: 0.02, limitRatio: 0.01 }],
  ['deadlocks', { deadlocks: 3, perMinute: 2.5, limitPerMinute: 1 }],
  ['disconnections', { lostLastMinute: 6, max: 20, limitPerMinute: 3 }],
  [
    'idle_in_transaction',
    { idleMs: 194_000, transactionMs: 201_000, limitMs: 60_000, xminAge: 12 },
  ],
  ['blocking', { blocksCount: 2, blockingMs: 4_000, limitMs: 1_000, waiters: [waiter, waiter] }],
  [
    'blocked',
    {
      blockedMs: 4_000,
      blockedByPids: [12_345, 7],
      waitEvent: 'Lock:tuple',
      limitMs: 1_000,
      blockers: [],
    },
  ],
  ['resource_usage', { backendMemoryBytes: 400_000_000, limitBytes: 300_000_000 }],
  ['locks_held', { basis: 'count', locksHeld: 4_000, limit: 1_000 }],
  ['stale_plan', { sqlState: '0A000' }],
  [
    'stale_statistics',
    { tables: 2, worstTable: 'public.orders', modifiedRows: 120_000, liveRows: 400_000 },
  ],
  ['connection_leak', { leasedMs: 700_000, limitMs: 600_000, leasedBy: 'src/export.ts:1' }],
  ['pool_exhaustion', { waiting: 4, leased: 20, max: 20 }],
  ['transaction_leak', { status: 'T', leasedMs: 40 }],
  ['unresponsive', { waitedMs: 500, during: 'probe' }],
  ['wrong_role', { sqlState: '25006', inHotStandby: true, wanted: 'primary' }],
  ['server_slow', { ratio: 4.2, sampleRuns: 400, limitRatio: 3 }],
  ['server_unreachable', { failures: 7, lastError: 'refused', silentMs: 12_000 }],
  ['flapping', { evictions: 3, heldBackMs: 60_000 }],
]
