import { pools, type Role } from './contenders/trio.ts'
import type { CaseResult, Outcome } from './rounds.ts'
import type { Goal, Scenario } from './scenario.ts'
import type { Spread } from './statistics.ts'

/** A goal and what came of it. */
export interface Verdict {
  readonly goal: Goal
  readonly holds: boolean
  readonly ratio: number
  /** Spread of the ratio, and of the same ratio for the baseline beside itself. */
  readonly measured?: { readonly ratio: Spread; readonly noise: Spread }
}

const headings = ['case', 'measure', 'contender', 'median', 'unit', 'ratio', 'p10..p90']

/** One row per case, measure and contender, under aligned headings. */
export function renderTable(
  { contenders: { names } = pools }: Scenario,
  results: readonly CaseResult[],
): string {
  const rows = results.flatMap(({ case: { name }, measures }) =>
    measures.flatMap(({ measure, outcomes }) =>
      outcomes.map(({ role, value, ratio }, index) => [
        index === 0 ? name : '',
        index === 0 ? measure.name : '',
        names[role],
        formatValue(value.median),
        measure.unit,
        ratio.median.toFixed(3),
        renderRange(ratio),
      ]),
    ),
  )
  return align([headings, ...rows])
}

/** What each goal of a scenario came to, in the order of its cases. */
export function judge({ growth }: Scenario, results: readonly CaseResult[]): readonly Verdict[] {
  const verdicts = results.flatMap(({ measures }) =>
    measures.flatMap(({ measure: { goal }, outcomes }) => {
      const ratio = outcomeOf('subject', outcomes)?.ratio
      const noise = outcomeOf('control', outcomes)?.ratio
      if (goal === undefined || ratio === undefined || noise === undefined) return []
      return [{ ...verdictOf(goal, ratio.median), measured: { ratio, noise } }]
    }),
  )
  const [first, last] = [results[0], results.at(-1)].map((result) => {
    return outcomeOf('subject', result?.measures[0]?.outcomes ?? [])?.value.median
  })
  if (growth === undefined || first === undefined || last === undefined) return verdicts
  return [...verdicts, verdictOf(growth, last / first)]
}

function outcomeOf(wanted: Role, outcomes: readonly Outcome[]): Outcome | undefined {
  return outcomes.find(({ role }) => role === wanted)
}

export function verdictOf(goal: Goal, ratio: number): Verdict {
  const { atMost = Number.POSITIVE_INFINITY, atLeast = 0 } = goal
  return { goal, holds: ratio <= atMost && ratio >= atLeast, ratio }
}

export function renderVerdict({ goal, holds, ratio, measured }: Verdict): string {
  const bound = goal.atMost === undefined ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`
  const found = ratio.toFixed(3)
  const verdict = holds ? 'holds' : `does not hold: ${found}`
  const spread = measured
    ? ` (${renderRange(measured.ratio)}), noise ${renderRange(measured.noise)}`
    : ''
  return `${goal.name}, ratio ${bound}: ${verdict}  [${found}${spread}]`
}

export function renderRange({ p10, p90 }: Spread): string {
  return `${p10.toFixed(3)}..${p90.toFixed(3)}`
}

export function formatValue(value: number): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

/** Numbers to the right, words to the left. */
export function align(rows: readonly (readonly string[])[]): string {
  const [headings = [], first = []] = rows
  const widths = headings.map((_, column) => {
    return Math.max(...rows.map((row) => row[column]?.length ?? 0))
  })
  const isNumeric = (column: number): boolean => /^[\d.,]+$/.test(first[column] ?? '')
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return isNumeric(column) ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
