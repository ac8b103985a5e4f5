import {
  type ContenderName,
  contenderNames,
  contenderTitles,
} from '../contenders/create-contender.ts'
import type { Outcome } from '../runner/run.ts'
import { allScenarios } from '../scenarios/all-scenarios.ts'
import { type GoalVerdict, judgeGoals, plainSummary } from './goals.ts'
import { type Spread, type Summary, summarise } from './summary.ts'

interface Row {
  readonly title: string
  readonly summaries: readonly Summary[]
}

const headings = [
  'scenario',
  'contender',
  'runs',
  'statements',
  'recall',
  'precision',
  'false',
  'per M',
  'found in',
  'p95',
  'statements to find (p95)',
  'mass',
]

/** Every number, for a terminal. */
export function renderText(outcomes: readonly Outcome[]): string {
  const lines = [...rowsOf(outcomes), ...overall(outcomes)].flatMap(({ title, summaries }) =>
    summaries.map((summary, index) => [index === 0 ? title : '', ...cellsOf(summary)]),
  )
  return [
    align([headings, ...lines]),
    presentIn(outcomes).map((name) => renderAsked(summarise(name, outcomes))),
    renderGoals(judgeGoals(outcomes)),
  ]
    .flat()
    .filter((text) => text !== '')
    .join('\n\n')
}

/** One cell per scenario and contender, for a document. */
export function renderMarkdown(outcomes: readonly Outcome[]): string {
  const contenders = presentIn(outcomes)
  const titles = contenders.map((name) => contenderTitles[name])
  const rows = [...rowsOf(outcomes), ...overall(outcomes)].map(({ title, summaries }) => {
    return [title, ...summaries.map(shortCell)]
  })
  const lines = [['scenario', ...titles], ['---', ...titles.map(() => '---')], ...rows]
  const goals = judgeGoals(outcomes).map((verdict) => `- ${renderGoal(verdict)}`)
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  const legend = 'Cells: recall · false recycles per million statements · median time to find.'
  return `${legend}\n\n${table}\n\n${goals.join('\n')}`
}

function rowsOf(outcomes: readonly Outcome[]): readonly Row[] {
  return allScenarios.flatMap(({ name, title }) => {
    const own = outcomes.filter(({ scenario }) => scenario === name)
    const summaries = presentIn(own).map((contender) => summarise(contender, own))
    return own.length === 0 ? [] : [{ title, summaries }]
  })
}

function overall(outcomes: readonly Outcome[]): readonly Row[] {
  const contenders = presentIn(outcomes)
  return [
    {
      title: 'all plain faults',
      summaries: contenders.map((name) => plainSummary(name, outcomes)),
    },
    { title: 'all', summaries: contenders.map((name) => summarise(name, outcomes)) },
  ]
}

function presentIn(outcomes: readonly Outcome[]): readonly ContenderName[] {
  return contenderNames.filter((name) => outcomes.some(({ contender }) => contender === name))
}

function cellsOf(summary: Summary): readonly string[] {
  const { contender, runs, statements, recall, precision, detectMs, detectStatements } = summary
  return [
    contender,
    String(runs),
    `${(statements / 1e6).toFixed(2)} M`,
    recall === undefined ? '' : `${recall.toFixed(3)} of ${summary.faults}`,
    precision === undefined ? '' : precision.toFixed(3),
    String(summary.falseRecycles),
    summary.falsePerMillion.toFixed(2),
    detectMs === undefined ? '' : seconds(detectMs.median),
    detectMs === undefined ? '' : seconds(detectMs.p95),
    detectStatements === undefined ? '' : counts(detectStatements),
    summary.massRuns === 0 ? '' : String(summary.massRuns),
  ]
}

function shortCell({ recall, falsePerMillion, detectMs }: Summary): string {
  const found = recall === undefined ? '–' : recall.toFixed(2)
  const wrong = falsePerMillion.toFixed(falsePerMillion === 0 ? 0 : 1)
  return detectMs === undefined
    ? `${found} · ${wrong}`
    : `${found} · ${wrong} · ${seconds(detectMs.median)}`
}

/** What the finding cost the server. */
function renderAsked({ contender, asked }: Summary): string {
  const { networkProbes, backendProbes, candidates } = asked
  if (networkProbes + backendProbes + candidates === 0) return ''
  const probes = `${networkProbes.toFixed(0)} network and ${backendProbes.toFixed(1)} backend probes`
  const title = contenderTitles[contender]
  return `${title} sent ${probes} and opened ${candidates.toFixed(2)} candidates per connection and hour`
}

function renderGoals(verdicts: readonly GoalVerdict[]): string {
  return verdicts.map(renderGoal).join('\n')
}

function renderGoal({ goal, holds, found }: GoalVerdict): string {
  const verdict = holds === undefined ? 'not measured' : holds ? 'holds' : 'does not hold'
  return `${goal}: ${verdict} [${found}]`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
}

function counts({ median, p95 }: Spread): string {
  return `${median} (${p95})`
}

/** Numbers to the right, words to the left. */
function align(rows: readonly (readonly string[])[]): string {
  const widths = headings.map((_, column) => {
    return Math.max(...rows.map((row) => row[column]?.length ?? 0))
  })
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return column < 2 ? cell.padEnd(width) : cell.padStart(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
