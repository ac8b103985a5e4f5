import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import * as conventions from '@opentelemetry/semantic-conventions/incubating'
import { describe, expect, it } from 'vitest'
import { doors } from './doors.ts'
import { FakePool } from './fake-pool.ts'

const { SUM, GAUGE, HISTOGRAM } = DataPointType
const pool = conventions.ATTR_DB_CLIENT_CONNECTION_POOL_NAME

interface Expected {
  readonly name: string
  readonly unit: string
  readonly dataPointType?: DataPointType
  readonly isMonotonic?: boolean
  /** Attributes beside the pool's name. */
  readonly more?: readonly string[]
}

/** By the tables of the conventions for database client metrics. */
const conventional: readonly Expected[] = [
  {
    name: conventions.METRIC_DB_CLIENT_CONNECTION_COUNT,
    unit: '{connection}',
    more: [conventions.ATTR_DB_CLIENT_CONNECTION_STATE],
  },
  { name: conventions.METRIC_DB_CLIENT_CONNECTION_IDLE_MAX, unit: '{connection}' },
  { name: conventions.METRIC_DB_CLIENT_CONNECTION_IDLE_MIN, unit: '{connection}' },
  { name: conventions.METRIC_DB_CLIENT_CONNECTION_LIMIT, unit: '{connection}' },
  { name: conventions.METRIC_DB_CLIENT_CONNECTION_MAX, unit: '{connection}' },
  { name: conventions.METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS, unit: '{request}' },
  { name: conventions.METRIC_DB_CLIENT_CONNECTION_TIMEOUTS, unit: '{timeout}', isMonotonic: true },
  {
    name: conventions.METRIC_DB_CLIENT_CONNECTION_CREATE_TIME,
    unit: 's',
    dataPointType: HISTOGRAM,
  },
  { name: conventions.METRIC_DB_CLIENT_CONNECTION_WAIT_TIME, unit: 's', dataPointType: HISTOGRAM },
  { name: conventions.METRIC_DB_CLIENT_CONNECTION_USE_TIME, unit: 's', dataPointType: HISTOGRAM },
  {
    name: conventions.METRIC_DB_CLIENT_OPERATION_DURATION,
    unit: 's',
    dataPointType: HISTOGRAM,
    more: [
      conventions.ATTR_DB_NAMESPACE,
      conventions.ATTR_DB_SYSTEM_NAME,
      conventions.ATTR_ERROR_TYPE,
    ],
  },
]

/** Hale's own, which no convention names. */
const own: readonly Expected[] = [
  { name: 'hale.connection.opened', unit: '{connection}', isMonotonic: true },
  { name: 'hale.connection.open_failures', unit: '{attempt}', isMonotonic: true },
  {
    name: 'hale.connection.recycles',
    unit: '{connection}',
    isMonotonic: true,
    more: ['hale.recycle.cause'],
  },
  {
    name: 'hale.issues',
    unit: '{issue}',
    more: ['hale.issue.severity', 'hale.issue.type'],
  },
  { name: 'hale.assessment', unit: '{connection}', more: ['hale.assessment.status'] },
  { name: 'hale.breaker.open', unit: '{breaker}' },
  { name: 'hale.server.replication_lag', unit: 's', dataPointType: GAUGE },
  { name: 'hale.server.connection.count', unit: '{connection}', dataPointType: GAUGE },
  { name: 'hale.server.connection.limit', unit: '{connection}', dataPointType: GAUGE },
  { name: 'hale.connection.probe_time', unit: 's', dataPointType: HISTOGRAM },
]

const expected = [...conventional, ...own]
const namesOfConventions = Object.entries(conventions)
const metricsOfConventions = namesOfConventions.flatMap(([key, value]) =>
  key.startsWith('METRIC_') ? [value] : [],
)
const attributesOfConventions = namesOfConventions.flatMap(([key, value]) =>
  key.startsWith('ATTR_') ? [value] : [],
)

describe.each(doors)('everything that $door exports', ({ open }) => {
  it('is all ten db.client.connection.* of the conventions, and db.client.operation.duration', async () => {
    const exported = (await collectAll(open)).map(({ descriptor }) => descriptor.name)
    const ofConnections = metricsOfConventions.filter((name) =>
      String(name).startsWith('db.client.connection.'),
    )
    expect(ofConnections).toHaveLength(10)
    expect(exported).toEqual(expect.arrayContaining(ofConnections))
    expect(exported.toSorted()).toEqual(expected.map(({ name }) => name).toSorted())
  })

  it('has a name of the conventions, or one of hale.*', async () => {
    for (const { descriptor, dataPoints } of await collectAll(open)) {
      if (!descriptor.name.startsWith('hale.'))
        expect(metricsOfConventions).toContain(descriptor.name)
      for (const key of dataPoints.flatMap(({ attributes }) => Object.keys(attributes))) {
        if (!key.startsWith('hale.')) expect(attributesOfConventions).toContain(key)
      }
    }
  })

  it.each(expected)('is as it has to be: $name', async ({ name, unit, ...kind }) => {
    const metric = (await collectAll(open)).find(({ descriptor }) => descriptor.name === name)
    expect(metric?.descriptor.unit).toBe(unit)
    expect(metric?.descriptor.description).toMatch(/^\S.+\.$/)
    expect(metric?.dataPointType).toBe(kind.dataPointType ?? SUM)
    if (metric?.dataPointType === SUM) expect(metric.isMonotonic).toBe(kind.isMonotonic ?? false)
    const keys = metric?.dataPoints.flatMap(({ attributes }) => Object.keys(attributes))
    expect([...new Set(keys)].toSorted()).toEqual([pool, ...(kind.more ?? [])].toSorted())
  })

  it('counts durations in the buckets that the conventions advise', async () => {
    for (const metric of await collectAll(open)) {
      if (metric.dataPointType !== HISTOGRAM) continue
      for (const { value } of metric.dataPoints) {
        expect(value.buckets.boundaries).toEqual([0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10])
        expect(value.buckets.counts.reduce((sum, each) => sum + each, 0)).toBe(value.count)
      }
    }
  })

  it('says of a statement only when it failed how', async () => {
    const metrics = await collectAll(open)
    const name = conventions.METRIC_DB_CLIENT_OPERATION_DURATION
    const operations = metrics.find(({ descriptor }) => descriptor.name === name)
    const base = {
      'db.system.name': conventions.DB_SYSTEM_NAME_VALUE_POSTGRESQL,
      'db.namespace': 'shop',
    }
    expect(operations?.dataPoints.map(({ attributes }) => attributes)).toEqual([
      { ...base, [pool]: 'orders' },
      { ...base, [pool]: 'orders', [conventions.ATTR_ERROR_TYPE]: 'constraint_violation' },
    ])
  })
})

/** All metrics that there can be, of a pool that has seen everything. */
async function collectAll(open: (typeof doors)[number]['open']): Promise<readonly MetricData[]> {
  const fake = new FakePool()
  const { world } = open({ orders: fake })
  const { server } = fake.current
  const connections = { max: 100, reserved: 3, used: 42 }
  const severity = { severity: 'info', scope: 'pool' } as const
  const times = { id: 1, detectedAt: 0, lastSeenAt: 0 }
  const evidence = { waiting: 1, max: 1 } as never
  fake.set({
    server: { ...server, replicationLagMs: 10, connections },
    issues: [{ type: 'pool_exhaustion', ...severity, ...times, evidence }],
  })
  fake.live()
  return await world.collect()
}
