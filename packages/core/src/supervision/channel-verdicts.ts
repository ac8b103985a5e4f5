import { standsOut } from '../detection/common-mode.ts'
import type { Detector } from '../detection/detector.ts'
import type { DuelRecord } from '../detection/duel-record.ts'
import { errorRate } from '../issues/error-rate.ts'
import { stalling } from '../issues/high-latency.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { SupervisedConnection } from './pool-port.ts'

/** Its faults must be so many times as frequent as the others' could be, both taken at their worst. */
const clearFactor = 1.5
/** Below this share of its limit a channel's verdict has ended. */
const overSuspicion = 0.5

/**
 * Raises and clears what the channels show that need no confirmation: stalls, which probes cannot
 * see, and faults, which the server itself reported.
 */
export function judgeChannels(
  monitor: ConnectionHealthMonitor,
  detector: Detector,
  connections: readonly SupervisedConnection[],
  now: number,
): void {
  for (const { metrics } of connections) detector.tail.settle(metrics.duels, now)
  judgeStalls(monitor, detector, connections)
  judgeErrors(monitor, detector, connections, now)
}

function judgeStalls(
  monitor: ConnectionHealthMonitor,
  { tail }: Detector,
  connections: readonly SupervisedConnection[],
): void {
  const sums = sumsOf(
    connections,
    (duels) => duels.tail,
    (duels) => tail.suspicion(duels) >= 1,
  )
  for (const [index, { id, metrics }] of connections.entries()) {
    const { duels } = metrics
    const suspicion = tail.suspicion(duels)
    if (suspicion >= 1 && sums !== undefined && standsOut(sums, index)) {
      monitor.sight(stalling({ stalls: duels.stalls, runs: duels.runs, suspicion }), id)
    } else if (suspicion < overSuspicion) {
      const issue = monitor.issueOf('high_latency', id)
      if (issue?.type === 'high_latency' && issue.evidence.basis === 'stalls') {
        monitor.clear('high_latency', id)
      }
    }
  }
}

function judgeErrors(
  monitor: ConnectionHealthMonitor,
  { errors }: Detector,
  connections: readonly SupervisedConnection[],
  now: number,
): void {
  const sums = sumsOf(
    connections,
    (duels) => duels.errors,
    (duels) => errors.suspicion(duels) >= 1,
  )
  for (const [index, { id, metrics }] of connections.entries()) {
    const suspicion = errors.suspicion(metrics.duels)
    if (suspicion >= 1 && sums !== undefined && standsOut(sums, index)) {
      const { faults, attempts } = monitor.othersFaults(metrics, now)
      const sighting = errorRate(metrics, faults / Math.max(1, attempts), now)
      if (sighting === undefined) continue
      if (sighting.evidence.lowerRatio > clearFactor * highestRatio(faults, attempts)) {
        monitor.sight(sighting, id)
      }
    } else if (suspicion < overSuspicion) {
      const issue = monitor.issueOf('error_rate', id)
      if (issue?.type === 'error_rate' && issue.evidence.basis === 'channel') {
        monitor.clear('error_rate', id)
      }
    }
  }
}

/** The highest ratio that goes with so few faults, 95 %: the normal approximation, 3 faults at least. */
function highestRatio(faults: number, attempts: number): number {
  return (faults + 1.645 * Math.sqrt(faults) + 3) / Math.max(1, attempts)
}

/** Every connection's sum, or `undefined` while none is a suspect, which spares looking at them. */
function sumsOf(
  connections: readonly SupervisedConnection[],
  sumOf: (duels: DuelRecord) => number,
  isSuspect: (duels: DuelRecord) => boolean,
): readonly number[] | undefined {
  if (!connections.some(({ metrics }) => isSuspect(metrics.duels))) return undefined
  return connections.map(({ metrics }) => sumOf(metrics.duels))
}
