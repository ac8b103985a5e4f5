import { type WatchedPools, watchPools } from '@hale/core'
import { CallerSpans } from './caller-spans.ts'
import type { Stoppable } from './stoppable.ts'
import { whenTraced } from './when-traced.ts'

/**
 * Tells the span that is active when a caller asks for a connection what came of it:
 *
 * - `hale.connection.waited` when it did not get one at once, and for what it waited
 * - `hale.connection.verified` when its connection had been silent and was asked for a sign of life first
 * - `hale.connection.timed_out` when it waited in vain
 * - `hale.connection.lost` when its connection was lost while it had it
 *
 * `createOpenTelemetryMetrics` does so by itself. Spans that do not record are neither told nor kept, and before
 * there is an SDK that traces, nothing is listened to that costs anything per query.
 *
 * @throws {OptionsError} when `pools` is nothing that can be watched
 */
export function createSpanEvents(pools: WatchedPools): Stoppable {
  const watch = watchPools(pools, (name, { monitor }) =>
    whenTraced(monitor, () => {
      const spans = new CallerSpans(name, monitor)
      return () => spans.stop()
    }),
  )
  return { stop: () => watch.stop(), [Symbol.dispose]: () => watch.stop() }
}
