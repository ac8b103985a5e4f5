/** A distribution in three numbers. */
export interface Spread {
  readonly p10: number
  readonly median: number
  readonly p90: number
}

/** @throws {RangeError} for no values */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return { p10: quantile(sorted, 0.1), median: quantile(sorted, 0.5), p90: quantile(sorted, 0.9) }
}

/**
 * The value `share` (0..1) of the way through ascending values, linear between the two around it.
 * @throws {RangeError} for no values
 */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  if (below === undefined || above === undefined) throw new RangeError('no values')
  return below + (above - below) * (position - Math.floor(position))
}
