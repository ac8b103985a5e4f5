/** What a score has to exceed on average before it counts as slower. */
export const shiftDrift = 0.4

/** Below and above this the limit would be decided by single runs, or by nothing at all. */
const lowestLimit = 6
const highestLimit = 60

/** Correction for a sum that overshoots its limit in steps (Siegmund 1985). */
const overshoot = 1.166

/**
 * Runs between two false alarms of a CUSUM with drift `shiftDrift` and limit `limit`, over scores
 * of mean 0 and long-run variance `variance`: Siegmund's approximation of the average run length.
 */
export function runsBetweenAlarms(limit: number, variance: number): number {
  const deviation = Math.sqrt(variance)
  const drift = shiftDrift / deviation
  const bound = limit / deviation + overshoot
  const exponent = 2 * drift * bound
  return (Math.exp(exponent) - exponent - 1) / (2 * drift * drift)
}

/** The limit in 6..60 at which false alarms are `runs` runs apart. */
export function limitFor(runs: number, variance: number): number {
  let low = lowestLimit
  let high = highestLimit
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2
    if (runsBetweenAlarms(middle, variance) < runs) low = middle
    else high = middle
  }
  return (low + high) / 2
}
