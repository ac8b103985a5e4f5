import type { ConnectionCell } from '../../src/state/dashboard-state.ts'

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

/** One that holds a lock in a transaction and has nothing to do. */
export function idleCell(connectionId: number): ConnectionCell {
  const sound = cellOf(connectionId)
  return cellOf(connectionId, {
    state: 'leased',
    status: 'degraded',
    score: 0.61,
    leasedMs: 201_000,
    leasedBy: 'src/reports/export.ts:88',
    operation: { kind: 'update', queryId: 'invoices' },
    explanation: `Connection ${connectionId} is degraded: its transaction has had nothing to do for 3.2 min (limit 60 s).`,
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
    latencyMs: sound.latencyMs.map((ms, index) => (index > 40 ? null : ms)),
  })
}

/** One of which little is known yet. */
export function freshCell(connectionId: number): ConnectionCell {
  const { evidence } = cellOf(connectionId)
  return cellOf(connectionId, {
    status: 'unknown',
    score: null,
    ageMs: 9_000,
    uses: 2,
    p50Ms: null,
    p95Ms: null,
    operation: null,
    state: 'probing',
    latencyMs: [null, 1.1, 1.4],
    explanation: `Connection ${connectionId} has too little evidence: 2 statements and 1 probe so far.`,
    evidence: { ...evidence, attempts: 2, duels: 0, meanScore: undefined },
    recommendedActions: ['probe'],
  })
}
