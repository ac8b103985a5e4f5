import {
  durationBoundsMs,
  OptionProblems,
  type WatchedPool,
  type WatchedPools,
  type WatchedSnapshot,
  watchPools,
} from '@hale/core'
import { type Metric, Registry } from 'prom-client'
import {
  type CollectorSettings,
  type PrometheusCollectorOptions,
  readCollectorOptions,
} from './collector-options.ts'
import { durationMetrics } from './duration-metrics.ts'
import { numberMetrics } from './number-metrics.ts'
import type { DurationMetric, NumberMetric, PoolMetric } from './pool-metric.ts'
import { ScrapedMetric, type ScrapedValue } from './scraped-metric.ts'
import { WaitExemplars } from './wait-exemplars.ts'

/** Metrics of pools in a registry. */
export interface PrometheusCollector {
  /** Takes the metrics out of the registry. Once: later calls do nothing. */
  stop(): void
  [Symbol.dispose](): void
}

/** One pool, as it was when the scrape began. */
interface PoolAtScrape {
  readonly name: string
  readonly pool: WatchedPool
  readonly snapshot: WatchedSnapshot
  readonly exemplars: WaitExemplars | undefined
}

/** Bounds of the buckets in seconds, as they are printed, the last for all that took longer. */
const bounds: readonly (number | string)[] = [...durationBoundsMs.map((ms) => ms / 1_000), '+Inf']

/**
 * Registers metrics of `pools`, whichever these are at the time. They are read when they are scraped, one
 * snapshot of each pool a scrape: there are no timers, and nothing is done per query.
 *
 * @throws {OptionsError} that names every problem at once; one is that the registry has such metrics already
 */
export function createPrometheusCollector(
  pools: WatchedPools,
  options: PrometheusCollectorOptions = {},
): PrometheusCollector {
  const problems = new OptionProblems()
  const { register, prefix, exemplars } = readCollectorOptions(options, problems)
  const all: readonly PoolMetric[] = [...numberMetrics, ...durationMetrics]
  const taken = all.find(({ name }) => register.getSingleMetric(prefix + name) !== undefined)
  if (taken !== undefined) {
    const expected = `one that has no ${prefix}${taken.name} yet: one collector takes many pools, or set prefix`
    problems.add('register', register, expected)
  }
  problems.throwIfAny()

  const readPools = createScrape(pools, exemplars)
  const metrics = all.map((metric) => {
    const fullName = prefix + metric.name
    const read = (): ScrapedValue[] =>
      readPools.now().flatMap((pool) => valuesOf(metric, fullName, pool))
    const isOpenMetrics = () => register.contentType === Registry.OPENMETRICS_CONTENT_TYPE
    return new ScrapedMetric(metric, { fullName, isOpenMetrics, read })
  })
  // a registry asks of a metric what ScrapedMetric has; its types name prom-client's own classes
  for (const metric of metrics) register.registerMetric(metric as unknown as Metric)
  const stop = (): void => {
    readPools.stop()
    for (const metric of metrics) {
      const { name } = metric
      // after `register.clear()` the name may be another's
      const registered: unknown = register.getSingleMetric(name)
      if (registered === metric) register.removeSingleMetric(name)
    }
  }
  return { stop, [Symbol.dispose]: stop }
}

/** The pools as they are now. A registry reads all metrics in one go, for which they are read once. */
function createScrape(
  pools: WatchedPools,
  labelsNow: CollectorSettings['exemplars'],
): { now(): readonly PoolAtScrape[]; stop(): void } {
  const exemplarsOf = new Map<string, WaitExemplars>()
  const watch = watchPools(pools, (name, pool) => {
    if (labelsNow === undefined) return () => {}
    const exemplars = new WaitExemplars(labelsNow)
    exemplarsOf.set(name, exemplars)
    const unlisten = exemplars.listen(pool)
    return () => {
      unlisten()
      exemplarsOf.delete(name)
    }
  })
  let latest: readonly PoolAtScrape[] | undefined
  const forget = (): void => {
    latest = undefined
  }
  return {
    now() {
      if (latest !== undefined) return latest
      latest = Array.from(watch.entries(), ([name, pool]) => {
        return { name, pool, snapshot: pool.snapshot(), exemplars: exemplarsOf.get(name) }
      })
      void Promise.resolve().then(forget)
      return latest
    },
    stop: () => watch.stop(),
  }
}

function valuesOf(metric: PoolMetric, fullName: string, pool: PoolAtScrape): ScrapedValue[] {
  return metric.type === 'histogram' ? bucketsOf(metric, fullName, pool) : numbersOf(metric, pool)
}

function numbersOf(metric: NumberMetric, { name, pool, snapshot }: PoolAtScrape): ScrapedValue[] {
  return metric.read(snapshot, pool).map(({ labels, value }) => {
    return { labels: { pool: name, ...labels }, value }
  })
}

function bucketsOf(
  metric: DurationMetric,
  fullName: string,
  { name: pool, snapshot, exemplars }: PoolAtScrape,
): ScrapedValue[] {
  const { buckets, sumMs, count } = metric.read(snapshot)
  const metricName = `${fullName}_bucket`
  let upTo = 0
  const values: ScrapedValue[] = bounds.map((le, bucket) => {
    upTo += buckets[bucket] ?? 0
    const exemplar = metric.hasExemplars ? exemplars?.of(bucket) : undefined
    const value = { metricName, labels: { pool, le }, value: upTo }
    return exemplar === undefined ? value : { ...value, exemplar }
  })
  values.push({ metricName: `${fullName}_sum`, labels: { pool }, value: sumMs / 1_000 })
  values.push({ metricName: `${fullName}_count`, labels: { pool }, value: count })
  return values
}
