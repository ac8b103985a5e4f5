import { type WatchedPools, watchPools } from '@hale/core'
import { createSpanEvents } from './create-span-events.ts'
import { type OpenTelemetryMetricsOptions, resolveMetricsOptions } from './metrics-options.ts'
import { ObservedPools } from './observed-pools.ts'
import { scopeName } from './pool-metrics.ts'
import { RecordedDurations } from './recorded-durations.ts'
import { ReplayedDurations } from './replayed-durations.ts'
import type { Stoppable } from './stoppable.ts'

/**
 * Measures pools through the API's instruments, by the names of the semantic conventions. Of pools that are
 * busy take `createMetricProducer`, which measures the same and costs nothing per query.
 *
 * @throws {OptionsError} that names what is wrong with the options, or `pools` when nothing can be watched
 */
export function createOpenTelemetryMetrics(
  pools: WatchedPools,
  options: OpenTelemetryMetricsOptions = {},
): Stoppable {
  const { meterProvider, operationDuration, spanEvents } = resolveMetricsOptions(options)
  watchPools(pools).stop() // throws before there is anything to undo
  const meter = meterProvider.getMeter(scopeName)
  const observed = new ObservedPools(meter)
  const recorded = new RecordedDurations(meter)
  const replayed = new ReplayedDurations(meter, operationDuration)
  const watch = watchPools(pools, (name, pool) => {
    const replay = replayed.join(name, pool)
    const hide = observed.join(name, pool, replay.catchUp)
    const unlisten = recorded.join(name, pool)
    return () => {
      hide()
      unlisten()
      replay.stop()
    }
  })
  const spans = spanEvents ? createSpanEvents(pools) : undefined
  const stop = (): void => {
    spans?.stop()
    watch.stop()
    observed.stop()
  }
  return { stop, [Symbol.dispose]: stop }
}
