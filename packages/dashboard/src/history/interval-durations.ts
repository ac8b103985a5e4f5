import { type DurationCounts, durationBoundsMs, type PoolDurationsSnapshot } from '@hale/core'

/** What became of statements between two looks at a pool. */
export interface Interval {
  /** Statements that were answered, failed ones included. */
  readonly statements: number
  readonly failures: number
  /** `null` where none ran. */
  readonly meanMs: number | null
  readonly p95Ms: number | null
}

/** The difference of two cumulative counts of one pool. */
export function intervalOf(before: PoolDurationsSnapshot, now: PoolDurationsSnapshot): Interval {
  const failed = (durations: PoolDurationsSnapshot): readonly DurationCounts[] =>
    Object.values(durations.failures)
  const failures = sum(failed(now), countOf) - sum(failed(before), countOf)
  const after = [now.statements, ...failed(now)]
  const until = [before.statements, ...failed(before)]
  const statements = sum(after, countOf) - sum(until, countOf)
  if (statements <= 0) return { statements: 0, failures: 0, meanMs: null, p95Ms: null }
  const sumMs = sum(after, ({ sumMs: each }) => each) - sum(until, ({ sumMs: each }) => each)
  const buckets = Array.from({ length: durationBoundsMs.length + 1 }, (_, bucket) => {
    const inBucket = ({ buckets: each }: DurationCounts): number => each[bucket] ?? 0
    return sum(after, inBucket) - sum(until, inBucket)
  })
  return {
    statements,
    failures,
    meanMs: sumMs / statements,
    p95Ms: quantileBound(buckets, statements * 0.95, sumMs),
  }
}

/** The bound that `rank` of the durations do not exceed; no single one took longer than all together. */
function quantileBound(buckets: readonly number[], rank: number, sumMs: number): number {
  let seen = 0
  for (const [bucket, inBucket] of buckets.entries()) {
    seen += inBucket
    if (seen >= rank) return Math.min(durationBoundsMs[bucket] ?? sumMs, sumMs)
  }
  return sumMs
}

function countOf({ count }: DurationCounts): number {
  return count
}

function sum(counts: readonly DurationCounts[], of: (counts: DurationCounts) => number): number {
  return counts.reduce((total, each) => total + of(each), 0)
}
