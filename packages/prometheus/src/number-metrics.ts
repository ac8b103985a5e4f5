import type { ConnectionIssue, WatchedSnapshot } from '@hale/core'
import { connectionStates, faultKinds, healthStatuses, recycleCauses } from './label-values.ts'
import type { NumberMetric, Sample } from './pool-metric.ts'

/** What there is now. */
const gauges: readonly NumberMetric[] = [
  gauge('pool_connections', 'Connections by what they are doing; those closing take no slot.', {
    labelNames: ['state'],
    read: ({ counts }) =>
      connectionStates.map((state) => ({ labels: { state }, value: counts[state] })),
  }),
  gauge('pool_connections_max', 'Connections that the pool may have.', {
    read: ({ counts }) => one(counts.max),
  }),
  gauge('pool_connections_min', 'Connections that the pool keeps open at least.', {
    read: (_, pool) => one(pool.options.min ?? 0),
  }),
  gauge('pool_waiting_callers', 'Callers that wait for a connection.', {
    read: ({ counts }) => one(counts.waiting),
  }),
  gauge('pool_connections_assessed', 'Connections by how healthy they are judged to be.', {
    labelNames: ['status'],
    read: assessed,
  }),
  gauge('pool_issues', 'Open issues; there is no series for a type of which none is open.', {
    labelNames: ['type', 'severity'],
    read: ({ issues }) => openIssues(issues),
  }),
  gauge('pool_enforcing', '1 in mode enforce, 0 in mode observe, which swaps no connection.', {
    aggregator: 'max',
    read: ({ mode }) => (mode === undefined ? [] : one(mode === 'enforce' ? 1 : 0)),
  }),
  gauge('pool_breaker_open', '1 while callers are told at once that the server is gone, else 0.', {
    aggregator: 'max',
    read: ({ server }) => one(server.isBreakerOpen ? 1 : 0),
  }),
  gauge('pool_server_standby', '1 for a standby, 0 for a primary; none while it is not known.', {
    aggregator: 'max',
    read: ({ server }) => (server.role === undefined ? [] : one(server.role === 'standby' ? 1 : 0)),
  }),
  gauge(
    'pool_replication_lag_seconds',
    "How far the server is behind its primary, or the last of a primary's standbys; none while it is not known.",
    { aggregator: 'max', read: ({ server }) => seconds(server.replicationLagMs) },
  ),
  gauge(
    'pool_server_connections_used',
    'Connections to the server, those of all of its clients; none while it is not known.',
    { aggregator: 'max', read: ({ server }) => known(server.connections?.used) },
  ),
  gauge(
    'pool_server_connections_max',
    'Connections that the server lets ordinary roles have; none while it is not known.',
    { aggregator: 'max', read: ({ server }) => known(usableOf(server)) },
  ),
]

/** What has happened since the pool began. */
const counters: readonly NumberMetric[] = [
  counter('pool_leases_total', 'Connections lent to callers.', {
    read: ({ totals }) => one(totals.leases),
  }),
  counter('pool_acquire_timeouts_total', 'Callers that waited for a connection in vain.', {
    read: ({ totals }) => one(totals.acquireTimeouts),
  }),
  counter('pool_connections_opened_total', 'Connections that were opened.', {
    read: ({ totals }) => one(totals.opened),
  }),
  counter('pool_connection_open_failures_total', 'Attempts to open a connection that failed.', {
    read: ({ totals }) => one(totals.openFailures),
  }),
  counter('pool_connections_closed_total', 'Connections that were closed.', {
    read: ({ totals }) => one(totals.closed),
  }),
  counter('pool_recycles_total', 'Connections that were recycled, by why.', {
    labelNames: ['cause'],
    read: ({ totals }) =>
      recycleCauses.map((cause) => ({ labels: { cause }, value: totals.recycles[cause] ?? 0 })),
  }),
  counter(
    'pool_statement_failures_total',
    'Statements that the server answered with an error, by what it was.',
    {
      labelNames: ['kind'],
      read: ({ durations: { failures } }) =>
        faultKinds.map((kind) => ({ labels: { kind }, value: failures[kind]?.count ?? 0 })),
    },
  ),
  counter(
    'pool_listener_errors_total',
    "Errors of the application's own listeners to events of the pool.",
    { read: ({ totals }) => one(totals.listenerErrors) },
  ),
]

/** Everything that is one number, or one for each of a few label values. */
export const numberMetrics: readonly NumberMetric[] = [...gauges, ...counters]

type Rest = Pick<NumberMetric, 'read'> & Partial<Pick<NumberMetric, 'labelNames' | 'aggregator'>>

function gauge(name: string, help: string, rest: Rest): NumberMetric {
  return { name, help, type: 'gauge', labelNames: [], aggregator: 'sum', ...rest }
}

function counter(name: string, help: string, rest: Rest): NumberMetric {
  return { name, help, type: 'counter', labelNames: [], aggregator: 'sum', ...rest }
}

function one(value: number): readonly Sample[] {
  return [{ value }]
}

function known(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : one(value)
}

function seconds(ms: number | undefined): readonly Sample[] {
  return known(ms === undefined ? undefined : ms / 1_000)
}

function assessed({ connections }: WatchedSnapshot): readonly Sample[] {
  return healthStatuses.map((status) => {
    const value = connections.filter(({ assessment }) => assessment.status === status).length
    return { labels: { status }, value }
  })
}

function openIssues(issues: readonly ConnectionIssue[]): readonly Sample[] {
  const samples = new Map<string, { labels: Readonly<Record<string, string>>; value: number }>()
  for (const { type, severity } of issues) {
    const key = `${type} ${severity}`
    const sample = samples.get(key) ?? { labels: { type, severity }, value: 0 }
    sample.value += 1
    samples.set(key, sample)
  }
  return [...samples.values()]
}

function usableOf({ connections }: WatchedSnapshot['server']): number | undefined {
  return connections === undefined ? undefined : connections.max - connections.reserved
}
