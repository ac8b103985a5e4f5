import type { Attributes } from '@opentelemetry/api'
import type {
  DataPoint,
  Histogram,
  MeterProvider,
  MetricData,
  MetricProducer,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import * as latest from '@opentelemetry/sdk-metrics'
import type * as sdk2 from 'opentelemetry-sdk-metrics-2'

type Sdk = typeof latest | typeof sdk2

/** A reader that collects when a test says so. */
function createReader(sdk: Sdk, metricProducers: MetricProducer[]): MetricReader {
  // the two SDKs differ in private members alone
  const { MetricReader: Reader } = sdk as typeof latest
  class ManualReader extends Reader {
    protected override async onForceFlush(): Promise<void> {}
    protected override async onShutdown(): Promise<void> {}
  }
  return new ManualReader({ metricProducers })
}

/** Everything that a reader of the real SDK sees, in the words of a test. */
export class MetricsWorld {
  readonly provider: MeterProvider
  readonly #reader: MetricReader
  #latest: readonly MetricData[] = []

  constructor(options: { metricProducers?: MetricProducer[]; sdk?: Sdk | undefined } = {}) {
    const { metricProducers = [], sdk = latest } = options
    this.#reader = createReader(sdk, metricProducers)
    this.provider = new (sdk as typeof latest).MeterProvider({ readers: [this.#reader] })
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
