import type { JudgeName } from './judges.ts'
import type { Model } from './model.ts'
import { runTrial, type Trial } from './trial.ts'

const mostSteps = 6
/** Near enough to the wanted rate. */
const tolerance = 0.03

/** Confirmations started per connection and hour. */
export function startRate(trials: readonly Trial[]): number {
  const hours = trials.reduce((sum, { connectionHours }) => sum + connectionHours, 0)
  return trials.reduce((sum, { started }) => sum + started, 0) / hours
}

export function rateOf(
  which: JudgeName | Model,
  scenarios: readonly string[],
  seeds: readonly number[],
): number {
  const trials = scenarios.flatMap((scenario) => {
    return seeds.map((seed) => runTrial({ scenario, seed, judge: 'tried', which }))
  })
  return startRate(trials)
}

/** The threshold at which a model starts `wanted` confirmations per connection and hour. */
export function calibrate(
  model: Model,
  wanted: number,
  rateAt: (model: Model) => number,
  tell: (text: string) => void,
): Model {
  let low = { threshold: -6, log: Number.NaN }
  let high = { threshold: 12, log: Number.NaN }
  let threshold = model.threshold
  for (let step = 0; step < mostSteps; step++) {
    const rate = rateAt({ ...model, threshold })
    tell(`threshold ${threshold.toFixed(3)}: ${rate.toFixed(3)}, wanted ${wanted.toFixed(3)}`)
    const log = Math.log(Math.max(rate, 1e-3) / wanted)
    if (Math.abs(log) < tolerance) break
    if (log > 0) low = { threshold, log }
    else high = { threshold, log }
    threshold = between(low, high)
  }
  return { ...model, threshold }
}

interface Point {
  readonly threshold: number
  readonly log: number
}

/** Where a line through both points meets 0, kept away from either; steps of 2 until both are known. */
function between(low: Point, high: Point): number {
  if (Number.isNaN(low.log)) return Math.max(low.threshold, high.threshold - 2)
  if (Number.isNaN(high.log)) return Math.min(high.threshold, low.threshold + 2)
  const share = Math.min(0.9, Math.max(0.1, low.log / (low.log - high.log)))
  return low.threshold + share * (high.threshold - low.threshold)
}
