import type { Attributes } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  MeterProvider,
  type MetricData,
  type MetricProducer,
  MetricReader,
} from '@opentelemetry/sdk-metrics'

/** Collects when a test says so. */
class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** Everything that a reader of the real SDK sees, in the words of a test. */
export class MetricsWorld {
  readonly provider: MeterProvider
  readonly #reader: ManualReader
  #latest: readonly MetricData[] = []

  constructor(options: { metricProducers?: MetricProducer[]; temporality?: 'delta' } = {}) {
    const { metricProducers = [], temporality } = options
    this.#reader = new ManualReader({
      metricProducers,
      aggregationTemporalitySelector: () =>
        temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    })
    this.provider = new MeterProvider({ readers: [this.#reader] })
  }

  /** Collects anew; throws what went wrong. */
  async collect(): Promise<readonly MetricData[]> {
    const { resourceMetrics, errors } = await this.#reader.collect()
    if (errors.length > 0) throw errors[0]
    this.#latest = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)
    return this.#latest
  }

  metric(name: string): MetricData {
    const found = this.#latest.filter(({ descriptor }) => descriptor.name === name)
    if (found.length !== 1) throw new Error(`${found.length} metrics called ${name}`)
    return found[0] as MetricData
  }

  has(name: string): boolean {
    return this.#latest.some(({ descriptor }) => descriptor.name === name)
  }

  /** Points with at least these attributes. */
  points(name: string, attributes: Attributes = {}): readonly DataPoint<unknown>[] {
    const points: readonly DataPoint<unknown>[] = this.metric(name).dataPoints
    return points.filter((point) =>
      Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
    )
  }

  value(name: string, attributes: Attributes = {}): unknown {
    return this.points(name, attributes).map(({ value }) => value)[0]
  }

  histogram(name: string, attributes: Attributes = {}): Histogram {
    return this.value(name, attributes) as Histogram
  }

  /** Every series as text, so that series can be counted and compared. */
  series(): readonly string[] {
    return this.#latest.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes }) => `${descriptor.name} ${JSON.stringify(attributes)}`),
    )
  }
}
