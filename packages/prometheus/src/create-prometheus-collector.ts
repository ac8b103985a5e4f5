/// <reference lib="esnext.disposable" preserve="true" />
import { OptionProblems, type WatchedPools } from '@hale/core'
import { type Metric, Registry, type RegistryContentType } from 'prom-client'
import { type PrometheusCollectorOptions, readCollectorOptions } from './collector-options.ts'
import { poolMetrics } from './pool-metrics.ts'
import { PoolsAtScrape } from './pools-at-scrape.ts'
import { ScrapedMetric } from './scraped-metric.ts'
import { scrapedValues } from './scraped-values.ts'

/** Metrics of pools in a registry. */
export interface PrometheusCollector {
  /** Takes the metrics out of the registry. Once: later calls do nothing. */
  stop(): void
  [Symbol.dispose](): void
}

/**
 * Registers metrics of `pools`, whichever these are at the time. They are read when they are scraped, one
 * snapshot of each pool a scrape: there are no timers, and nothing is done per query.
 *
 * @throws {OptionsError} that names every problem at once, one of which is that the registry has such
 * metrics already
 */
export function createPrometheusCollector(
  pools: WatchedPools,
  options: PrometheusCollectorOptions = {},
): PrometheusCollector {
  const problems = new OptionProblems()
  const { register, prefix, exemplars } = readCollectorOptions(options, problems)
  requireFree(register, prefix, problems)
  problems.throwIfAny()

  const source = new PoolsAtScrape(pools, exemplars)
  const isOpenMetrics = () => register.contentType === Registry.OPENMETRICS_CONTENT_TYPE
  const metrics = poolMetrics.map((metric) => {
    const fullName = prefix + metric.name
    const read = () => source.read().flatMap((pool) => scrapedValues(metric, fullName, pool))
    return new ScrapedMetric(metric, { fullName, isOpenMetrics, read })
  })
  // registries ask of a metric what ScrapedMetric has; their types name prom-client's own classes
  for (const metric of metrics) register.registerMetric(metric as unknown as Metric)
  const stop = (): void => {
    source.stop()
    for (const metric of metrics) {
      const registered: unknown = register.getSingleMetric(metric.name)
      // after `register.clear()` the name may be another's
      if (registered === metric) register.removeSingleMetric(metric.name)
    }
  }
  return { stop, [Symbol.dispose]: stop }
}

function requireFree(
  register: Registry<RegistryContentType>,
  prefix: string,
  problems: OptionProblems,
): void {
  const taken = poolMetrics.find(({ name }) => register.getSingleMetric(prefix + name))
  if (taken === undefined) return
  const expected = `one without ${prefix}${taken.name}: one collector takes many pools, or set prefix`
  problems.add('register', register, expected)
}
