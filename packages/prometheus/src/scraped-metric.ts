import type { PoolMetric } from './pool-metric.ts'

/** One line of a scrape, as prom-client's registries print it. */
export interface ScrapedValue {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  /** Where it is not the metric's own, as for the buckets of a histogram. */
  readonly metricName?: string
  readonly exemplar?: object
}

/** What prom-client's registries and its cluster aggregator read of a metric. */
export interface Scraped {
  readonly name: string
  readonly help: string
  readonly type: PoolMetric['type']
  readonly aggregator: PoolMetric['aggregator']
  readonly values: ScrapedValue[]
}

/**
 * A metric whose values come from elsewhere, as prom-client's registries use one. Its own classes count for
 * themselves: a Histogram cannot be told what is in its buckets.
 */
export class ScrapedMetric {
  /** A registry takes `_total` off it right before it prints a counter as OpenMetrics. */
  name: string
  readonly help: string
  readonly type: PoolMetric['type']
  readonly aggregator: PoolMetric['aggregator']
  readonly labelNames: readonly string[]
  readonly #fullName: string
  readonly #isOpenMetrics: () => boolean
  readonly #read: () => ScrapedValue[]

  constructor(
    metric: Pick<PoolMetric, 'help' | 'type' | 'aggregator' | 'labelNames'>,
    ports: { fullName: string; isOpenMetrics: () => boolean; read: () => ScrapedValue[] },
  ) {
    this.name = ports.fullName
    this.help = metric.help
    this.type = metric.type
    this.aggregator = metric.aggregator
    this.labelNames = ['pool', ...metric.labelNames]
    this.#fullName = ports.fullName
    this.#isOpenMetrics = ports.isOpenMetrics
    this.#read = ports.read
  }

  /** As JSON, as other processes and cluster registries want it. */
  async get(): Promise<Scraped> {
    return this.#scrape(this.#fullName)
  }

  /** As a registry prints it; it has a name of its own so that a change of format leaves no trace. */
  async getForPromString(): Promise<Scraped> {
    const { name } = this
    this.name = this.#fullName
    return this.#scrape(
      this.type === 'counter' && this.#isOpenMetrics() ? name.replace(/_total$/, '') : name,
    )
  }

  /** Does nothing: the counts are the pools'. */
  reset(): void {}

  #scrape(name: string): Scraped {
    const { help, type, aggregator } = this
    return { name, help, type, aggregator, values: this.#read() }
  }
}
