/** One metric as OpenTelemetry describes it. */
export interface PoolMetric {
  readonly name: string
  /** UCUM; what is counted stands in braces. */
  readonly unit: string
  readonly description: string
  readonly kind: 'counter' | 'up-down-counter' | 'gauge' | 'histogram'
}

/** A metric whose value is a number, read when metrics are collected. */
export interface NumberMetric extends PoolMetric {
  readonly kind: 'counter' | 'up-down-counter' | 'gauge'
}

/** A metric of how long things took. */
export interface DurationMetric extends PoolMetric {
  readonly unit: 's'
  readonly kind: 'histogram'
}

/** Upper bounds of the buckets that the semantic conventions advise, ms, included. Each is one of core's. */
export const advisedBoundsMs: readonly number[] = Object.freeze([
  1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000,
])

/** What instruments and data say that they come from. */
export const scopeName = '@hale/opentelemetry'

/** The attributes. What they can say is bounded: pools by their names, all else by closed unions. */
export const attributeNames = {
  pool: 'db.client.connection.pool.name',
  state: 'db.client.connection.state',
  system: 'db.system.name',
  namespace: 'db.namespace',
  errorType: 'error.type',
  cause: 'hale.recycle.cause',
  issueType: 'hale.issue.type',
  severity: 'hale.issue.severity',
  status: 'hale.assessment.status',
} as const

type NumberMetricKey =
  | 'count'
  | 'idleMax'
  | 'idleMin'
  | 'limit'
  | 'max'
  | 'pendingRequests'
  | 'timeouts'
  | 'opened'
  | 'openFailures'
  | 'recycles'
  | 'issues'
  | 'assessment'
  | 'breakerOpen'
  | 'replicationLag'
  | 'serverCount'
  | 'serverLimit'

const connection = '{connection}'

/** What is read from a snapshot. `db.client.*` is as in the semantic conventions, to the letter. */
export const numberMetrics: Readonly<Record<NumberMetricKey, NumberMetric>> = {
  count: upDownCounter(
    'db.client.connection.count',
    connection,
    'Connections of the pool, by whether they are in use.',
  ),
  idleMax: upDownCounter(
    'db.client.connection.idle.max',
    connection,
    'How many connections may be idle at most.',
  ),
  idleMin: upDownCounter(
    'db.client.connection.idle.min',
    connection,
    'How many connections the pool keeps at least.',
  ),
  limit: upDownCounter(
    'db.client.connection.limit',
    connection,
    'How many connections the pool opens at most.',
  ),
  // deprecated since the conventions call it `limit`, but the name that dashboards know
  max: upDownCounter(
    'db.client.connection.max',
    connection,
    'How many connections the pool opens at most; the earlier name of db.client.connection.limit.',
  ),
  pendingRequests: upDownCounter(
    'db.client.connection.pending_requests',
    '{request}',
    'Callers who wait for a connection.',
  ),
  timeouts: counter(
    'db.client.connection.timeouts',
    '{timeout}',
    'Callers who waited for a connection in vain.',
  ),
  opened: counter('hale.connection.opened', connection, 'Connections that were opened.'),
  openFailures: counter(
    'hale.connection.open_failures',
    '{attempt}',
    'Attempts to open a connection that failed.',
  ),
  recycles: counter(
    'hale.connection.recycles',
    connection,
    'Connections that were retired or evicted, by cause.',
  ),
  issues: upDownCounter('hale.issues', '{issue}', 'Issues that hold now, by type and severity.'),
  assessment: upDownCounter('hale.assessment', connection, 'Connections by how they are assessed.'),
  breakerOpen: upDownCounter(
    'hale.breaker.open',
    '{breaker}',
    '1 while callers are told at once that the server is gone, else 0.',
  ),
  replicationLag: gauge(
    'hale.server.replication_lag',
    's',
    'How far the standby that the pool leads to is behind its primary.',
  ),
  serverCount: gauge(
    'hale.server.connection.count',
    connection,
    'Connections that the server has, those of its other clients included.',
  ),
  serverLimit: gauge(
    'hale.server.connection.limit',
    connection,
    'Connections that the server takes from all of its clients.',
  ),
}

type DurationMetricKey = 'createTime' | 'waitTime' | 'useTime' | 'probeTime' | 'operationDuration'

/** What is counted in buckets. */
export const durationMetrics: Readonly<Record<DurationMetricKey, DurationMetric>> = {
  createTime: histogram('db.client.connection.create_time', 'How long opening a connection took.'),
  waitTime: histogram(
    'db.client.connection.wait_time',
    'How long callers waited for a connection.',
  ),
  useTime: histogram('db.client.connection.use_time', 'How long callers kept a connection.'),
  probeTime: histogram(
    'hale.connection.probe_time',
    'Round trips of the empty queries by which connections are asked for a sign of life.',
  ),
  operationDuration: histogram(
    'db.client.operation.duration',
    'How long statements took, from being sent to the end of the answer.',
  ),
}

function counter(name: string, unit: string, description: string): NumberMetric {
  return { name, unit, description, kind: 'counter' }
}

function upDownCounter(name: string, unit: string, description: string): NumberMetric {
  return { name, unit, description, kind: 'up-down-counter' }
}

function gauge(name: string, unit: string, description: string): NumberMetric {
  return { name, unit, description, kind: 'gauge' }
}

function histogram(name: string, description: string): DurationMetric {
  return { name, unit: 's', description, kind: 'histogram' }
}
