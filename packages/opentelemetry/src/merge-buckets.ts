import { durationBoundsMs } from '@hale/core'
import { advisedBoundsMs } from './pool-metrics.ts'

/** For each of core's buckets, and the one beyond, the advised bucket that it lies in. */
const advisedBucketOf: readonly number[] = [...durationBoundsMs, Number.POSITIVE_INFINITY].map(
  (boundMs) => {
    const index = advisedBoundsMs.findIndex((advisedMs) => boundMs <= advisedMs)
    return index === -1 ? advisedBoundsMs.length : index
  },
)

/** Counts in the advised buckets. Exact, as every advised bound is one of core's. */
export function mergeBuckets(buckets: readonly number[]): number[] {
  const merged = new Array<number>(advisedBoundsMs.length + 1).fill(0)
  for (const [index, bucket] of advisedBucketOf.entries()) {
    merged[bucket] = (merged[bucket] ?? 0) + (buckets[index] ?? 0)
  }
  return merged
}
