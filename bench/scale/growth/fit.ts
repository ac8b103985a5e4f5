/** What something costs at several sizes. */
export interface Growth {
  readonly name: string
  /** What the sizes are: `connections`, or `statements per second`. */
  readonly by: 'connections' | 'statements per second'
  readonly unit: string
  readonly points: readonly GrowthPoint[]
  /** The cost grows as this power of the size: 0 for not at all, 1 in proportion. */
  readonly exponent: number
}

export interface GrowthPoint {
  readonly size: number
  /** Median over the rounds. */
  readonly cost: number
}

/**
 * The exponent of the power law that fits best: the slope of the regression line through the logarithms.
 * @throws {RangeError} for fewer than two sizes, or anything that is not above 0
 */
export function fitExponent(points: readonly GrowthPoint[]): number {
  const logs = points.map(({ size, cost }) => ({ x: Math.log(size), y: Math.log(cost) }))
  if (logs.length < 2 || !logs.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))) {
    throw new RangeError('a power law needs two sizes at least, and all above 0')
  }
  const meanX = logs.reduce((sum, { x }) => sum + x, 0) / logs.length
  const meanY = logs.reduce((sum, { y }) => sum + y, 0) / logs.length
  const covariance = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0)
  const variance = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  return covariance / variance
}
