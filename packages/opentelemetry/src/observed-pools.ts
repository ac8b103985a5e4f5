import type { WatchedPool, WatchedSnapshot } from '@hale/core'
import type { BatchObservableResult, Meter, MetricOptions, Observable } from '@opentelemetry/api'
import { type NumberMetric, numberMetrics } from './pool-metrics.ts'
import { type NumberReading, PoolReader } from './pool-reader.ts'

/** Shows the numbers of pools through observable instruments: one snapshot per pool and collection. */
export class ObservedPools {
  readonly #meter: Meter
  readonly #instruments = new Map<NumberMetric, Observable>()
  readonly #pools = new Map<PoolReader, () => WatchedSnapshot>()
  /** Of pools that have left since the latest collection. */
  #zeros: NumberReading[] = []
  #isStopped = false

  constructor(meter: Meter) {
    this.#meter = meter
    for (const metric of Object.values(numberMetrics)) {
      this.#instruments.set(metric, createObservable(meter, metric))
    }
    meter.addBatchObservableCallback(this.#observe, [...this.#instruments.values()])
  }

  /** Shows a pool, and hands on each snapshot that is taken for that; gives back how to end it. */
  join(
    name: string,
    pool: WatchedPool,
    onSnapshot: (snapshot: WatchedSnapshot) => void,
  ): () => void {
    const reader = new PoolReader(name, pool)
    this.#pools.set(reader, () => {
      const snapshot = pool.snapshot()
      onSnapshot(snapshot)
      return snapshot
    })
    return () => {
      this.#pools.delete(reader)
      this.#zeros.push(...reader.zeros())
    }
  }

  /** Ends with the collection that shows the pools as gone, if any has shown them. */
  stop(): void {
    this.#isStopped = true
    if (this.#zeros.length === 0) this.#end()
  }

  #end(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, [...this.#instruments.values()])
  }

  readonly #observe = (result: BatchObservableResult): void => {
    // The SDK goes on with the last value of what is not observed any more. First, as another pool may have
    // taken the name: the later value of the same attributes holds.
    for (const zero of this.#zeros.splice(0)) this.#tell(result, zero)
    if (this.#isStopped) queueMicrotask(() => this.#end()) // not while the SDK walks through callbacks
    for (const [reader, snapshot] of this.#pools) {
      for (const reading of reader.read(snapshot())) this.#tell(result, reading)
    }
  }

  #tell(result: BatchObservableResult, { metric, value, attributes }: NumberReading): void {
    const instrument = this.#instruments.get(metric)
    if (instrument !== undefined) result.observe(instrument, value, attributes)
  }
}

function createObservable(
  meter: Meter,
  { name, description, unit, kind }: NumberMetric,
): Observable {
  const options: MetricOptions = { description, unit }
  switch (kind) {
    case 'counter':
      return meter.createObservableCounter(name, options)
    case 'up-down-counter':
      return meter.createObservableUpDownCounter(name, options)
    case 'gauge':
      return meter.createObservableGauge(name, options)
    default:
      return kind satisfies never
  }
}
