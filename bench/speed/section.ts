import type { Results } from '../proof/results.ts'
import type { Section } from '../proof/section.ts'
import { type Figure, figuresOf, type Part, type SpeedFound } from './figure.ts'
import { drawContenders, drawOverhead } from './section/bar-charts.ts'
import { goalsTable } from './section/goals.ts'
import { pivot, ratioCell, spreadCell, valueCell } from './section/pivot.ts'
import { drawRatios } from './section/ratio-chart.ts'
import { drawStart } from './section/start-chart.ts'

/** What docs/benchmarks.md says of speed; a part that was not run is left out. */
export function speedSection({ found }: Results<SpeedFound>): Section {
  const charts: Record<string, string> = {}
  const told = Object.entries(tellers).flatMap(([name, tell]) => {
    const part = found.parts.find((each) => each.name === name)
    if (part === undefined) return []
    const { text, chart } = part.figures.length === 0 ? { text: [] } : tell(part)
    if (chart !== undefined) charts[`speed-${name}.svg`] = chart
    const picture = chart === undefined ? [] : [`![${part.title}](benchmarks/speed-${name}.svg)`]
    return [
      `### ${headings[name] ?? part.title}`,
      part.method,
      ...picture,
      ...text,
      ...missing(part),
    ]
  })
  const goals = found.parts.flatMap((part) => part.goals)
  const markdown = [
    '## Speed',
    introduction,
    ...(goals.length === 0 ? [] : ['### Goals', goalsText, goalsTable(goals)]),
    ...told,
  ]
  return { markdown: markdown.filter((block) => block !== '').join('\n\n'), charts }
}

const introduction =
  'What Hale costs, beside what it is compared with. `×` is the ratio to pg-pool, or to the same ORM on pg-pool for the adapters: the median of the ratios within each round. `pg-pool again` is pg-pool beside itself: how far it is from 1 is the noise of the machine, and a smaller difference says nothing. CPU is the user and system time of the client process, its garbage collection included. OpenTelemetry stands here for what is usually taken to see into a pool: it tells how long statements and leases took, and judges and heals nothing.'

const goalsText =
  'Beside pg-pool as both of its processes together; what they are beside each other is the noise. A goal that does not hold by less than that says nothing, and neither does one that holds by less.'

const headings: Readonly<Record<string, string>> = {
  query: 'Statements on the bare pools',
  loopback: 'The same without a server',
  tracing: "Beside OpenTelemetry's instrumentation",
  observed: 'With a dashboard and exporters on',
  contenders: 'Statements through each contender',
  adapters: 'The adapters without a server',
  lease: 'Leases on the bare pools',
  leases: 'Leases through each contender',
  allocation: 'Allocated per statement',
  memory: 'Retained per connection',
  'event-loop': 'The event loop under load',
  overhead: 'Where the cost lies',
  sweep: 'Sweeps',
  start: 'Cold start',
  size: 'Size',
}

interface Told {
  readonly text: readonly string[]
  readonly chart?: string
}

/** In the order of the page. */
const tellers: Readonly<Record<string, (part: Part) => Told>> = {
  query: (part) => ({
    text: byMeasure(part, 'case'),
    chart: drawRatios(part, 'cpu', {
      title: 'CPU per statement, times pg-pool',
      subtitle: 'pool.query(select 1), max 10, PostgreSQL; medians, lines from p10 to p90',
    }),
  }),
  loopback: (part) => ({
    text: byMeasure(part, 'case'),
    chart: drawRatios(part, 'cpu', {
      title: 'CPU per statement without a server, times pg-pool',
      subtitle: 'pool.query(select 1), max 10, loopback; medians, lines from p10 to p90',
    }),
  }),
  tracing: (part) => ({
    text: byMeasure(part, 'case'),
    chart: drawRatios(part, 'cpu', {
      title: "CPU per statement beside OpenTelemetry's, times pg-pool",
      subtitle: 'pool.query(select 1), max 10, PostgreSQL; medians, lines from p10 to p90',
    }),
  }),
  observed: (part) => ({
    text: byMeasure(part, 'case'),
    chart: drawRatios(part, 'cpu', {
      title: 'CPU per statement with everything looking at the pool, times pg-pool',
      subtitle: 'pool.query(select 1), max 10, PostgreSQL; medians, lines from p10 to p90',
    }),
  }),
  contenders: (part) => ({ text: byMeasure(part, 'case'), chart: contendersChart(part) }),
  adapters: (part) => ({ text: byMeasure(part, 'case') }),
  lease: (part) => ({
    text: [pivot(part.figures, { by: 'measure', heading: '', cell: ratioCell })],
  }),
  leases: (part) => ({ text: byMeasure(part, 'measure') }),
  allocation: (part) => ({
    text: [pivot(part.figures, { by: 'case', heading: '', cell: ratioCell })],
  }),
  memory: (part) => ({ text: byMeasure(part, 'measure') }),
  'event-loop': (part) => ({ text: byMeasure(part, 'case') }),
  overhead: (part) => ({ text: byCase(part), chart: overheadChart(part) }),
  sweep: (part) => ({ text: [sweepTable(part)] }),
  start: (part) => ({
    text: [pivot(part.figures, { by: 'measure', heading: '', cell: ratioCell })],
    chart: drawStart(part, {
      title: 'A fresh process until 20 connections serve',
      subtitle: 'packages loaded, first statement, then twenty connections at once; medians',
    }),
  }),
  size: (part) => ({
    text: [pivot(part.figures, { by: 'measure', heading: '', cell: valueCell })],
  }),
}

/** One table for each measure, under its name where there are several. */
function byMeasure(part: Part, by: 'case' | 'measure'): string[] {
  const measures = [...new Set(part.figures.map(({ measure }) => measure))]
  return measures.map((measure) => {
    const figures = [...figuresOf(part, measure).values()].flat()
    return pivot(figures, { by, heading: measure, cell: ratioCell })
  })
}

/** One table for each case, with the spread in each cell. */
function byCase({ figures }: Part): string[] {
  const cases = [...new Set(figures.map((figure) => figure.case))]
  return cases.map((name) =>
    pivot(
      figures.filter((figure) => figure.case === name),
      { by: 'measure', heading: name, cell: spreadCell },
    ),
  )
}

/** One row for each number of connections. */
function sweepTable({ figures }: Part): string {
  const turned = figures.map((figure): Figure => ({ ...figure, who: figure.case }))
  return pivot(turned, { by: 'measure', heading: '', cell: spreadCell })
}

function contendersChart(part: Part): string {
  const figures = figuresOf(part, 'throughput').get('10 callers') ?? []
  return drawContenders(figures, {
    title: 'Statements per second',
    subtitle: 'select 1 through each contender, 10 callers, max 10, PostgreSQL; medians',
  })
}

function overheadChart(part: Part): string {
  return drawOverhead(figuresOf(part, 'per statement').get('a statement') ?? [], {
    title: 'CPU per statement, and what Hale adds to it',
    subtitle: 'one caller, loopback; medians of the differences within a round',
  })
}

function missing({ failures }: Part): string[] {
  return failures.map((failure) => `Not measured: ${failure}`)
}
