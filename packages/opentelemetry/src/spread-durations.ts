import { type DurationCounts, durationBoundsMs } from '@hale/core'

/** So many durations, all of the same length. */
export interface EqualDurations {
  readonly count: number
  readonly durationMs: number
}

/** What was counted between two snapshots. */
export function durationsSince(
  earlier: DurationCounts | undefined,
  now: DurationCounts,
): DurationCounts {
  if (earlier === undefined) return now
  return {
    count: now.count - earlier.count,
    sumMs: now.sumMs - earlier.sumMs,
    buckets: now.buckets.map((count, index) => count - (earlier.buckets[index] ?? 0)),
  }
}

/** Within its bucket a duration is above the lower bound, which belongs to the bucket before. */
const leastRatio = 1e-6

/**
 * Durations that fill the same buckets and have the same sum. How long each was is not known any more, so
 * that within a bucket all are as long as one another.
 */
export function spreadDurations(counts: DurationCounts): readonly EqualDurations[] {
  const { bounded, longest } = split(counts)
  let restMs = counts.sumMs
  if (longest > 0) {
    const middleMs = bounded.reduce(
      (sum, each) => sum + (each.count * (each.lowMs + each.highMs)) / 2,
      0,
    )
    const beyondMs = Math.max(longestBoundMs * (1 + leastRatio), (restMs - middleMs) / longest)
    restMs -= beyondMs * longest
    return [...fill(bounded, restMs), { count: longest, durationMs: beyondMs }]
  }
  return fill(bounded, restMs)
}

interface Filled {
  readonly count: number
  readonly lowMs: number
  readonly highMs: number
}

const longestBoundMs = durationBoundsMs.at(-1) ?? 0

function split({ buckets }: DurationCounts): { bounded: Filled[]; longest: number } {
  const bounded: Filled[] = []
  for (const [index, highMs] of durationBoundsMs.entries()) {
    const count = buckets[index] ?? 0
    if (count > 0) bounded.push({ count, lowMs: durationBoundsMs[index - 1] ?? 0, highMs })
  }
  return { bounded, longest: buckets[durationBoundsMs.length] ?? 0 }
}

/** All at the same height within their buckets, such that they add up to `sumMs`. */
function fill(bounded: readonly Filled[], sumMs: number): EqualDurations[] {
  const lowMs = bounded.reduce((sum, each) => sum + each.count * each.lowMs, 0)
  const widthMs = bounded.reduce((sum, each) => sum + each.count * (each.highMs - each.lowMs), 0)
  const ratio = Math.min(1, Math.max(leastRatio, (sumMs - lowMs) / widthMs))
  return bounded.map((each) => ({
    count: each.count,
    durationMs: ratio === 1 ? each.highMs : each.lowMs + ratio * (each.highMs - each.lowMs),
  }))
}
