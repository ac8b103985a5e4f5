import { explain } from '@hale/core'
import type { ConnectionSnapshot } from '@hale/pg'
import type { LatencyTracks } from '../history/latency-tracks.ts'
import type { ConnectionCell } from './dashboard-state.ts'

/** One connection, as the page shows it. */
export function connectionCell(
  connection: ConnectionSnapshot,
  tracks: Pick<LatencyTracks, 'of'>,
): ConnectionCell {
  const { connectionId, state, processId, uses, leasedBy, assessment, metrics } = connection
  const { status, score, evidence, recommendedActions } = assessment
  return {
    connectionId,
    processId: processId ?? null,
    state,
    status,
    score: score ?? null,
    ageMs: Math.round(connection.ageMs),
    uses,
    leasedMs: connection.leasedMs === undefined ? null : Math.round(connection.leasedMs),
    leasedBy: leasedBy ?? null,
    operation: connection.operation ?? null,
    condemnedFor: connection.condemnedFor ?? null,
    explanation: explain(assessment),
    evidence,
    recommendedActions,
    p50Ms: metrics.p50Ms ?? null,
    p95Ms: metrics.p95Ms ?? null,
    probeMs: metrics.probeMedianMs ?? null,
    latencyMs: tracks.of(connectionId),
    backend: metrics.server ?? null,
  }
}
