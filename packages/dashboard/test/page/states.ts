import type {
  BackendName,
  DashboardState,
  IssueView,
  PoolView,
  Series,
} from '../../src/state/dashboard-state.ts'
import { cellOf, freshCell, idleCell, slowCell } from './cells.ts'
import { startedAt } from './started-at.ts'
import { troubledTimeline } from './troubled-timeline.ts'

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

const server = {
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
} as PoolView['server']

const totals = {
  leases: 201_300,
  acquireTimeouts: 0,
  opened: 14,
  openFailures: 0,
  closed: 2,
  reclaimed: 0,
  recycles: { ...Object.fromEntries(recycleCauses.map((cause) => [cause, 0])), lifetime: 2 },
  listenerErrors: 0,
  operations: {},
} as unknown as PoolView['totals']

/** A pool in which all is well. */
export function calmPool(connections = 12, changes: Partial<PoolView> = {}): PoolView {
  const cells = Array.from({ length: connections }, (_, index) => cellOf(index + 1))
  const leased = cells.filter(({ state }) => state === 'leased').length
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
    server,
    totals,
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

const holder: BackendName = {
  processId: 4_104,
  connectionId: 4,
  applicationName: 'orders-api',
  statement: 'update invoices set state = ? where customer = ?',
}

const blocked: BackendName = {
  processId: 4_109,
  connectionId: 9,
  applicationName: 'orders-api',
  statement: 'select * from invoices where id = ? for update',
}

/** A pool in which one connection is slow, one holds a lock, and one was swapped half an hour ago. */
export function troubledPool(): PoolView {
  const calm = calmPool()
  const changed = new Map([slowCell(7), idleCell(4)].map((cell) => [cell.connectionId, cell]))
  const recycles = { ...calm.totals.recycles, unresponsive: 1, latency: 1 }
  return {
    ...calm,
    connections: [
      ...calm.connections.map((cell) => changed.get(cell.connectionId) ?? cell),
      freshCell(13),
    ],
    counts: { ...calm.counts, total: 13, leased: 6, idle: 6, probing: 1 },
    issues: [slowIssue, idleIssue, lostIssue],
    blocks: [
      { waiting: worker, holder, waitedMs: 61_000 },
      { waiting: blocked, holder: worker, waitedMs: 12_000 },
    ],
    timeline: troubledTimeline,
    totals: { ...calm.totals, recycles },
    learning: { ...calm.learning, shift: { ...calm.learning.shift, swaps: 5, helped: 4 } },
  }
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
