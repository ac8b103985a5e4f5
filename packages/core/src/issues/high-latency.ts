import type { Latency } from '../options/health-options.ts'
import type { IssueSighting } from './connection-issue.ts'

/**
 * An open issue clears below this share of the limit, so that a floor beside the limit does not
 * flap.
 */
const clearRatio = 0.8

/** The part of a connection's metrics that latency is judged by. */
export interface LatencyView {
  readonly probeFloorMs: number | undefined
  readonly queryFloorMs: number | undefined
}

/**
 * Medians over a connection's peers, itself left out; `undefined` where no peer has enough
 * evidence.
 */
export interface PeerBaseline {
  readonly probeFloorMs: number | undefined
  readonly queryFloorMs: number | undefined
  /** Peers with enough probes to be compared with. */
  readonly peers: number
}

/** Above this a floor is an outlier: both the ratio and the margin have to be exceeded. */
function latencyLimitMs(peersFloorMs: number, latency: Latency): number {
  return Math.max(latency.ratio * peersFloorMs, peersFloorMs + latency.marginMs)
}

/**
 * The sighting of a connection whose probes take too long beside its peers'. Judged by probes
 * alone: they are the same empty query on every connection, so that no mix of queries can mislead.
 * `undefined` if it is not so, and if the connection or its peers have too little evidence.
 */
export function detectHighLatency(
  view: Pick<LatencyView, 'probeFloorMs'>,
  peers: Pick<PeerBaseline, 'probeFloorMs' | 'peers'>,
  latency: Latency,
): IssueSighting | undefined {
  const { probeFloorMs } = view
  if (probeFloorMs === undefined || peers.probeFloorMs === undefined) return undefined
  const limitMs = latencyLimitMs(peers.probeFloorMs, latency)
  if (probeFloorMs <= limitMs) return undefined
  return {
    type: 'high_latency',
    scope: 'connection',
    severity: 'critical',
    evidence: { probeFloorMs, peersProbeFloorMs: peers.probeFloorMs, peers: peers.peers, limitMs },
  }
}

/**
 * Whether an open `high_latency` issue has ended. `false` with too little evidence: it stays open.
 */
export function isHighLatencyOver(
  view: Pick<LatencyView, 'probeFloorMs'>,
  peers: Pick<PeerBaseline, 'probeFloorMs'>,
  latency: Latency,
): boolean {
  if (view.probeFloorMs === undefined || peers.probeFloorMs === undefined) return false
  return view.probeFloorMs < clearRatio * latencyLimitMs(peers.probeFloorMs, latency)
}

/**
 * Whether a connection deserves more probes, because its statements or its probes took long beside
 * its peers', or an empty query took longer than the statements of peers too busy to be probed.
 * Statements differ by orders of magnitude, so this is never evidence by itself.
 */
export function isLatencySuspect(
  view: LatencyView,
  peers: Omit<PeerBaseline, 'peers'>,
  latency: Latency,
): boolean {
  return (
    exceeds(view.queryFloorMs, peers.queryFloorMs, latency) ||
    exceeds(view.probeFloorMs, peers.probeFloorMs, latency) ||
    exceeds(view.probeFloorMs, peers.queryFloorMs, latency)
  )
}

function exceeds(
  floorMs: number | undefined,
  peersMs: number | undefined,
  latency: Latency,
): boolean {
  if (floorMs === undefined || peersMs === undefined) return false
  return floorMs > latencyLimitMs(peersMs, latency)
}
