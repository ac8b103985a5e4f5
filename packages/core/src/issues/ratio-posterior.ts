/**
 * What the prior weighs, in statements: enough that a handful of statements proves nothing, gone by
 * the time that there are a hundred.
 */
const priorWeight = 8
/** What others have at least, and at most, as far as the prior goes. */
const lowestPrior = 1e-4
const highestPrior = 0.5
/** The normal quantile of 5 %. */
const z = -1.645

// The posterior of a ratio: Beta with a weak prior that is centred on what the others have.

/** Its mean. `events` above `attempts` count as that many; both may have fractions. */
export function posteriorRatio(
  events: number,
  attempts: number,
  othersRatio: number | undefined,
): number {
  return alphaOf(events, attempts, othersRatio) / (attempts + priorWeight)
}

/**
 * Its 5 % quantile: the ratio is higher with a probability of 95 %. By Paulson's approximation (the
 * cube root of an F-distributed ratio is close to normal), within 3 % from three events on.
 */
export function lowerRatio(
  events: number,
  attempts: number,
  othersRatio: number | undefined,
): number {
  const alpha = alphaOf(events, attempts, othersRatio)
  const beta = attempts + priorWeight - alpha
  const a = 1 / (9 * alpha)
  const b = 1 / (9 * beta)
  const spread = a * (1 - b) ** 2 + b * (1 - a) ** 2 - a * b * z ** 2
  const root = ((1 - a) * (1 - b) + z * Math.sqrt(spread)) / ((1 - b) ** 2 - b * z ** 2)
  const odds = (alpha / beta) * Math.max(0, root) ** 3
  return odds / (1 + odds)
}

function alphaOf(events: number, attempts: number, othersRatio: number | undefined): number {
  const prior = Math.min(highestPrior, Math.max(lowestPrior, othersRatio ?? 0))
  return Math.min(events, attempts) + prior * priorWeight
}
