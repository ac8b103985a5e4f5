import type { DurationMetric } from './pool-metric.ts'

/** How long what a pool does has taken since it began, in seconds. */
export const durationMetrics: readonly DurationMetric[] = [
  histogram(
    'pool_acquire_wait_seconds',
    'How long callers that got a connection waited for it; those that got one at once count as 0.',
    ({ durations }) => durations.waits,
    true,
  ),
  histogram(
    'pool_lease_seconds',
    'How long callers kept their connections.',
    ({ durations }) => durations.leases,
  ),
  histogram(
    'pool_connection_open_seconds',
    'How long opening a connection took, where it succeeded.',
    ({ durations }) => durations.openings,
  ),
  histogram(
    'pool_probe_seconds',
    'Round trips of the empty queries with which idle connections are probed.',
    ({ durations }) => durations.probes,
  ),
  histogram(
    'pool_statement_seconds',
    'How long statements that succeeded took.',
    ({ durations }) => durations.statements,
  ),
]

function histogram(
  name: string,
  help: string,
  read: DurationMetric['read'],
  hasExemplars: boolean = false,
): DurationMetric {
  return { name, help, type: 'histogram', labelNames: [], aggregator: 'sum', read, hasExemplars }
}
