import type { WatchedPools } from '@hale/core'
import { createMetricProducer, createOpenTelemetryMetrics, type Stoppable } from '../src/index.ts'
import { MetricsWorld } from './metrics-world.ts'

/** The two ways by which the same metrics reach a reader of the SDK. */
export const doors: readonly {
  readonly door: string
  readonly open: (pools: WatchedPools) => { world: MetricsWorld; handle: Stoppable }
}[] = [
  {
    door: 'createOpenTelemetryMetrics',
    open: (pools) => {
      const world = new MetricsWorld()
      const options = { meterProvider: world.provider, operationDuration: true }
      return { world, handle: createOpenTelemetryMetrics(pools, options) }
    },
  },
  {
    door: 'createMetricProducer',
    open: (pools) => {
      const handle = createMetricProducer(pools, { operationDuration: true })
      return { world: new MetricsWorld({ metricProducers: [handle] }), handle }
    },
  },
]
