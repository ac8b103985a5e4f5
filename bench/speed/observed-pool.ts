import { createDashboard } from '@hale/dashboard'
import {
  createMetricProducer,
  createOpenTelemetryMetrics,
  createSpanEvents,
} from '@hale/opentelemetry'
import { HealthAwarePool } from '@hale/pg'
import { createPrometheusCollector } from '@hale/prometheus'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import type pg from 'pg'
import { Registry } from 'prom-client'

/** By which of its two doors a pool reaches OpenTelemetry. */
export type Door = 'producer' | 'instruments'

export interface ObservedPool {
  readonly pool: pg.Pool
  /** Has everybody look at the pool: a scrape, a collection. The dashboard looks by itself. */
  look(): Promise<void>
  close(): Promise<void>
}

/** As often as a dashboard may look, four times as often as it does by itself. */
const intervalMs = 500
/** Nobody collects by the clock: `look` does. */
const never = 2 ** 31 - 1

/**
 * A pool that everything looks at: a dashboard with a viewer, a registry of prom-client, the SDK of
 * OpenTelemetry with its metrics and span events.
 */
export async function openObservedPool(config: pg.PoolConfig, door: Door): Promise<ObservedPool> {
  const pool = new HealthAwarePool(config)
  const dashboard = createDashboard(pool, { authorize: () => 'view', intervalMs })
  const stopViewing = await view(dashboard)
  const register = new Registry()
  const collector = createPrometheusCollector(pool, { register })
  const telemetry = openTelemetryOf(pool, door)
  return {
    pool: pool as pg.Pool,
    async look() {
      await register.metrics()
      await telemetry.collect()
    },
    async close() {
      await stopViewing()
      dashboard.close()
      collector.stop()
      await telemetry.stop()
      await pool.end()
    },
  }
}

/** Reads the stream of a dashboard as a browser does. */
async function view({ fetch }: ReturnType<typeof createDashboard>): Promise<() => Promise<void>> {
  const request = new Request('http://localhost/events')
  const { body, status } = await fetch(request, { remoteAddress: '127.0.0.1' })
  if (body === null || status !== 200) throw new Error(`the dashboard answered ${status}`)
  const reader = body.getReader()
  void (async () => {
    while (!(await reader.read()).done);
  })()
  return () => reader.cancel()
}

function openTelemetryOf(pool: HealthAwarePool, door: Door) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const producer = door === 'producer' ? createMetricProducer(pool) : undefined
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: never,
    exportTimeoutMillis: never,
    ...(producer && { metricProducers: [producer] }),
  })
  const provider = new MeterProvider({ readers: [reader] })
  const observing =
    producer === undefined
      ? createOpenTelemetryMetrics(pool, { meterProvider: provider })
      : createSpanEvents(pool)
  return {
    async collect(): Promise<void> {
      const { errors } = await reader.collect()
      if (errors.length > 0) throw errors[0]
    },
    async stop(): Promise<void> {
      observing.stop()
      producer?.stop()
      await provider.shutdown()
    },
  }
}
