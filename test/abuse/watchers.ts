import { createDashboard } from '@hale/dashboard'
import { createMetricProducer } from '@hale/opentelemetry'
import { createLogger, type HealthAwarePool, livenessHandler, readinessHandler } from '@hale/pg'
import { createPrometheusCollector } from '@hale/prometheus'
import { Registry } from 'prom-client'

export interface Watchers extends Disposable {
  /** Everything that they would hand on at this moment, as text. */
  look(): Promise<readonly string[]>
}

/** Whoever may be put beside a pool to watch it. `log` gets each line of a log as it is written. */
export function watch(pool: HealthAwarePool, log: (...line: readonly unknown[]) => void): Watchers {
  const dashboard = createDashboard(pool, { authorize: () => 'operate' })
  const register = new Registry()
  const collector = createPrometheusCollector(pool, { register })
  const producer = createMetricProducer(pool, { operationDuration: true })
  const sink = { debug: log, info: log, warn: log, error: log }
  const logger = createLogger(pool.monitor, sink, { linesPerMinute: false })
  const probes = [livenessHandler(pool), readinessHandler(pool)]
  return {
    async look() {
      const from = { remoteAddress: '127.0.0.1' }
      const pages = ['/', '/snapshot.json', '/page.js'].map(async (path) => {
        return (await dashboard.fetch(new Request(`http://localhost${path}`), from)).text()
      })
      const answers = probes.map(async (probe) => {
        return (await probe(new Request('http://localhost/'))).text()
      })
      const telemetry = JSON.stringify(await producer.collect())
      return [await register.metrics(), telemetry, ...(await Promise.all([...pages, ...answers]))]
    },
    [Symbol.dispose]() {
      logger.stop()
      producer.stop()
      collector.stop()
      dashboard.close()
    },
  }
}
