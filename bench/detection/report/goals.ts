import type { ContenderName } from '../contenders/create-contender.ts'
import type { Outcome } from '../runner/run.ts'
import { allScenarios } from '../scenarios/all-scenarios.ts'
import { type Summary, summarise } from './summary.ts'

/** A goal and what came of it; `holds` is `undefined` if there was too little to measure it by. */
export interface GoalVerdict {
  readonly goal: string
  readonly holds: boolean | undefined
  readonly found: string
}

/** The contender whose goals these are. */
const subject: ContenderName = 'ours'

/** Fewer statements than this prove no rate of false recycles. */
const fewestStatements = 20e6

export function judgeGoals(outcomes: readonly Outcome[]): readonly GoalVerdict[] {
  const all = summarise(subject, outcomes)
  if (all.runs === 0) return []
  return [
    atLeast('precision ≥ 0.995', all.precision, 0.995),
    atLeast('recall on plain faults ≥ 0.99', plainSummary(subject, outcomes).recall, 0.99),
    fewFalseRecycles(all),
    {
      goal: 'no mass recycling',
      holds: all.massRuns === 0,
      found: `${all.massRuns} of ${all.runs} runs`,
    },
    medianWithin('+20 ms on one, median ≤ 6 s', 'link-20ms', 6_000, outcomes),
    medianWithin('black hole mid-query, median ≤ 1 s', 'black-hole', 1_000, outcomes),
  ]
}

/** Over the scenarios with a fault of at least ×2 or 20 ms, or a black hole. */
export function plainSummary(contender: ContenderName, outcomes: readonly Outcome[]): Summary {
  const plain = allScenarios.filter(({ faultClass }) => faultClass === 'plain')
  const names = new Set(plain.map(({ name }) => name))
  return summarise(
    contender,
    outcomes.filter(({ scenario }) => names.has(scenario)),
  )
}

function atLeast(goal: string, value: number | undefined, least: number): GoalVerdict {
  if (value === undefined) return { goal, holds: undefined, found: 'nothing to measure' }
  return { goal, holds: value >= least, found: value.toFixed(4) }
}

function fewFalseRecycles({ falsePerMillion, falseRecycles, statements }: Summary): GoalVerdict {
  const goal = 'at most 0.1 false recycles per million of at least 20 M statements'
  const millions = statements / 1e6
  const upper = upperBound(falseRecycles) / millions
  const bound = `≤ ${upper.toFixed(2)} with 95 % confidence`
  const found = `${falseRecycles} in ${millions.toFixed(1)} M: ${falsePerMillion.toFixed(3)}, ${bound}`
  const isEnough = statements >= fewestStatements
  return { goal, holds: isEnough ? falsePerMillion <= 0.1 : undefined, found }
}

function medianWithin(
  goal: string,
  scenario: string,
  mostMs: number,
  outcomes: readonly Outcome[],
): GoalVerdict {
  const own = outcomes.filter((outcome) => outcome.scenario === scenario)
  const median = summarise(subject, own).detectMs?.median
  if (median === undefined) return { goal, holds: undefined, found: 'nothing to measure' }
  return { goal, holds: median <= mostMs, found: `${(median / 1_000).toFixed(2)} s` }
}

/** Upper 95 % bound for the mean of a Poisson count (Wilson and Hilferty). */
function upperBound(count: number): number {
  const more = count + 1
  return more * (1 - 1 / (9 * more) + 1.645 / (3 * Math.sqrt(more))) ** 3
}
