import type { IssueView } from '../../src/state/dashboard-state.ts'
import { startedAt } from './started-at.ts'

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
