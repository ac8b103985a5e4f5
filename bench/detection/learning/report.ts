import { allScenarios } from '../scenarios/all-scenarios.ts'
import { Random } from '../world/random.ts'
import { startRate } from './calibrate.ts'
import type { Trial } from './trial.ts'

const resamples = 2_000

interface Ratio {
  readonly ratio: number
  readonly low: number
  readonly high: number
}

/** Per scenario and judge; ratios are to `ours`, run by run. */
export function renderComparison(trials: readonly Trial[]): string {
  const judges = [...new Set(trials.map(({ judge }) => judge))]
  const rows = allScenarios.flatMap(({ name }) => {
    const own = trials.filter(({ scenario }) => scenario === name)
    return own.length === 0 ? [] : rowsOf(name, own, judges)
  })
  const head = [
    '| scenario | judge | recall | median | p95 | time / ours (95 %) | false | per M | asked | dismissed | unanswered | candidates |',
    `|${' --- |'.repeat(12)}`,
  ]
  return `${[...head, ...rows, ...rowsOf('all', trials, judges)].join('\n')}\n`
}

function rowsOf(
  title: string,
  trials: readonly Trial[],
  judges: readonly string[],
): readonly string[] {
  return judges.map((judge) => {
    const own = trials.filter((trial) => trial.judge === judge)
    const faults = own.flatMap((trial) => trial.faults)
    const times = faults.map(({ ms }) => ms).toSorted((a, b) => a - b)
    const hours = sum(own.map(({ connectionHours }) => connectionHours))
    const falseRecycles = sum(own.map((trial) => trial.falseRecycles))
    const millions = sum(own.map(({ statements }) => statements)) / 1e6
    const isMeasured = faults.length > 0
    const found = faults.filter(({ isFound }) => isFound).length / faults.length
    const cells = [
      title,
      judge,
      isMeasured ? found.toFixed(3) : '',
      isMeasured ? seconds(quantile(times, 0.5)) : '',
      isMeasured ? seconds(quantile(times, 0.95)) : '',
      isMeasured && judge !== 'ours' ? describe(timeRatio(trials, judge)) : '',
      String(falseRecycles),
      (falseRecycles / millions).toFixed(3),
      startRate(own).toFixed(3),
      (sum(own.map(({ dismissed }) => dismissed)) / hours).toFixed(3),
      (sum(own.map(({ unanswered }) => unanswered)) / hours).toFixed(3),
      (sum(own.map(({ candidates }) => candidates)) / hours).toFixed(3),
    ]
    return `| ${cells.join(' | ')} |`
  })
}

/** Geometric mean over runs of the ratio of times; its spread by resampling whole seeds. */
function timeRatio(trials: readonly Trial[], judge: string): Ratio {
  const logs = new Map(
    trials
      .filter((trial) => trial.judge === 'ours')
      .map((trial) => [`${trial.scenario}:${trial.seed}`, meanLog(trial)]),
  )
  const bySeed = new Map<number, number[]>()
  for (const trial of trials) {
    const ours = logs.get(`${trial.scenario}:${trial.seed}`)
    if (trial.judge !== judge || ours === undefined || trial.faults.length === 0) continue
    const differences = bySeed.get(trial.seed) ?? []
    differences.push(meanLog(trial) - ours)
    bySeed.set(trial.seed, differences)
  }
  const groups = [...bySeed.values()]
  const random = new Random(1, 'bootstrap')
  const means = Array.from({ length: resamples }, () => {
    return mean(groups.flatMap(() => groups[random.below(groups.length)] ?? []))
  }).toSorted((a, b) => a - b)
  return {
    ratio: Math.exp(mean(groups.flat())),
    low: Math.exp(quantile(means, 0.025)),
    high: Math.exp(quantile(means, 0.975)),
  }
}

/** One found within a millisecond counts as found after one. */
function meanLog({ faults }: Trial): number {
  return mean(faults.map(({ ms }) => Math.log(Math.max(1, ms))))
}

function describe({ ratio, low, high }: Ratio): string {
  return `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
}
