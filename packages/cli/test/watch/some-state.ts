import type {
  ConnectionCell,
  DashboardState,
  IssueView,
  PoolView,
  Series,
  TimelineEntry,
} from '@hale/dashboard'

const someAt: number = Date.parse('2026-06-01T12:00:00Z')

export function someCell(cell: Partial<ConnectionCell> = {}): ConnectionCell {
  return {
    connectionId: 1,
    processId: 4711,
    state: 'idle',
    status: 'healthy',
    score: 1,
    ageMs: 60_000,
    uses: 10,
    leasedMs: null,
    leasedBy: null,
    operation: null,
    condemnedFor: null,
    explanation: 'fine',
    evidence: {} as ConnectionCell['evidence'],
    recommendedActions: ['none'],
    p50Ms: 1,
    p95Ms: 2.5,
    probeMs: 0.2,
    latencyMs: [],
    backend: null,
    ...cell,
  }
}

export function someIssue(issue: Partial<IssueView> = {}): IssueView {
  return {
    id: 1,
    type: 'high_latency',
    scope: 'connection',
    severity: 'warning',
    connectionId: 1,
    detectedAt: someAt,
    lastSeenAt: someAt,
    clearedAt: null,
    explanation: 'statements take longer here than on other connections',
    evidence: {} as IssueView['evidence'],
    ...issue,
  }
}

export function someEntry(entry: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    id: 1,
    at: someAt,
    kind: 'evicted',
    severity: 'warning',
    connectionId: 1,
    successorId: null,
    cause: null,
    text: 'Connection 1 was evicted because it was lost.',
    ...entry,
  }
}

export function someSeries(at: readonly number[], value: number = 1): Series {
  const column = at.map(() => value)
  return {
    at,
    statementsPerSecond: column,
    meanMs: column,
    p95Ms: column,
    failuresPerSecond: column,
    leased: column,
    waiting: column,
    unhealthy: column,
  }
}

export function somePool(pool: Partial<PoolView> = {}): PoolView {
  const counts = { max: 8, total: 2, idle: 1, leased: 1, waiting: 0 }
  return {
    target: { host: 'db', port: 5432, database: 'shop' },
    mode: 'enforce',
    readiness: { ready: true, reason: 'ready' },
    counts: counts as PoolView['counts'],
    connections: [someCell(), someCell({ connectionId: 2, state: 'leased', leasedMs: 15 })],
    issues: [],
    blocks: [],
    timeline: [],
    series: someSeries([someAt - 2_000, someAt]),
    server: {} as PoolView['server'],
    totals: {} as PoolView['totals'],
    learning: {} as PoolView['learning'],
    ...pool,
  }
}

export function someState(pools: Readonly<Record<string, PoolView>>): DashboardState {
  return { version: 1, at: someAt, pools }
}
