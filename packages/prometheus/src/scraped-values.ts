import { durationBoundsMs } from '@hale/core'
import type { DurationMetric, NumberMetric, PoolMetric } from './pool-metric.ts'
import type { PoolAtScrape } from './pools-at-scrape.ts'
import type { ScrapedValue } from './scraped-metric.ts'

/** Bounds of the buckets in seconds, as they are printed, the last for all that took longer. */
const bounds: readonly (number | string)[] = [...durationBoundsMs.map((ms) => ms / 1_000), '+Inf']

/** What `metric` is of one pool, as a registry prints it. */
export function scrapedValues(
  metric: PoolMetric,
  fullName: string,
  pool: PoolAtScrape,
): ScrapedValue[] {
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
