import { median } from '../assessment/peer-baseline.ts'
import type { ConnectionHealthMetrics } from '../metrics/connection-health-metrics.ts'
import type { Latency } from '../options/health-options.ts'
import type { IssueSighting } from './connection-issue.ts'
import { detectHighLatency, isHighLatencyOver, type PeerBaseline } from './high-latency.ts'

/**
 * What to do about a connection's `high_latency` issue: raise or renew it (the sighting), clear it
 * (`over`), or leave it as it is (`undefined`).
 *
 * An outlier must also be one beside its contemporaries, the peers that were probed while its own
 * floor was measured. Suspects are probed more often than others, so when everything slows down
 * their floors rise first; without this rule the first to be measured would be blamed for all.
 */
export function judgeLatency(input: {
  readonly metrics: ConnectionHealthMetrics
  readonly baseline: PeerBaseline
  readonly isOpen: boolean
  /** Asked only about an outlier, as it costs O(n). */
  readonly peers: () => Iterable<ConnectionHealthMetrics>
  readonly latency: Latency
}): IssueSighting | 'over' | undefined {
  const { metrics, baseline, latency } = input
  const view = { probeFloorMs: metrics.probeFloorMs() }
  const sighting = detectHighLatency(view, baseline, latency)
  if (sighting === undefined) {
    return input.isOpen && isHighLatencyOver(view, baseline, latency) ? 'over' : undefined
  }
  const contemporary = contemporaryBaseline(input.peers(), metrics.probeFloorSince())
  return detectHighLatency(view, contemporary, latency) === undefined ? undefined : sighting
}

/** What the peers' latest probes took, of those that came back at `since` or later. */
function contemporaryBaseline(
  peers: Iterable<ConnectionHealthMetrics>,
  since: number | undefined,
): Pick<PeerBaseline, 'probeFloorMs' | 'peers'> {
  const roundTrips: number[] = []
  for (const peer of peers) {
    const rttMs = peer.latestProbeMs(since ?? Number.POSITIVE_INFINITY)
    if (rttMs !== undefined) roundTrips.push(rttMs)
  }
  return { probeFloorMs: median(roundTrips), peers: roundTrips.length }
}
