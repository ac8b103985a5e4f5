import { markdownTable } from '../proof/markdown-table.ts'
import type { Results } from '../proof/results.ts'
import type { Section } from '../proof/section.ts'
import type { ScaleFound } from './found.ts'
import type { Growth } from './growth/fit.ts'
import { attemptsChart, growthChart, recoveryChart } from './report/charts.ts'
import { failoverRows } from './report/failover-rows.ts'
import { count, number, seconds } from './report/words.ts'

/** What this bench has to say in docs/benchmarks.md. */
export function scaleSection(results: Results<ScaleFound>): Section {
  const { failovers, growth, sliceMs } = results.found
  const charts = Object.fromEntries([
    ...failovers.flatMap((failover) => [
      [`scale-${failover.scenario.name}-attempts.svg`, attemptsChart(failover, sliceMs)],
      [`scale-${failover.scenario.name}-recovery.svg`, recoveryChart(failover)],
    ]),
    ['scale-growth-connections.svg', growthChart(growth, 'connections')],
    ['scale-growth-traffic.svg', growthChart(growth, 'statements per second')],
  ])
  const parts = [introduction(results), ...failovers.map(failoverPart), growthPart(growth)]
  return { markdown: `${parts.join('\n\n')}\n`, charts }
}

function introduction({ found }: Results<ScaleFound>): string {
  const { instances, seeds, callersPerSecond, deadlineMs, poolMax, maxConnections, model, login } =
    found
  const measured =
    login === null
      ? ''
      : ` (this machine's PostgreSQL took ${login.serverCpuMs.toFixed(1)} ms when it was measured)`
  return [
    '## Scale',
    '',
    `${count(instances)} instances of an application, each with ${callersPerSecond} callers per second who wait for`,
    `${seconds(deadlineMs)} at most and a pool of up to ${poolMax}, on one server that fails over. The pools are the`,
    "real ones, Hale's and pg's, whole; their clients, the network and the server are models, and time is virtual.",
    `The server has ${model.cores} cores, on which a login takes ${model.loginCpuMs} ms of CPU${measured}; it forks`,
    `one backend after the other, ${model.forkMs} ms each, and takes ${count(maxConnections)} sessions. Every number`,
    `is the median of ${seeds} runs that differ by chance alone. Without its back-off, Hale opens one connection for`,
    'each caller at once, and again 250 ms after each failure.',
  ].join('\n')
}

function failoverPart({ scenario, fleets }: ScaleFound['failovers'][number]): string {
  const { name, label, failsAt, startsAt, acceptsAt } = scenario
  const head = ['', ...fleets.map((fleet) => fleet.label)]
  const rows = failoverRows.map(({ name: row, rangeIn, render }) => {
    return [row, ...fleets.map((fleet) => render(rangeIn(fleet).median))]
  })
  return [
    `### ${label}`,
    '',
    `It is down for ${seconds(startsAt - failsAt)}, and says for another ${seconds(acceptsAt - startsAt)} that it is`,
    'starting up. Times count from when it takes connections again.',
    '',
    `![Attempts per second over time](benchmarks/scale-${name}-attempts.svg)`,
    '',
    `![Share of instances that serve again](benchmarks/scale-${name}-recovery.svg)`,
    '',
    markdownTable(head, rows),
  ].join('\n')
}

function growthPart(growth: readonly Growth[]): string {
  return [
    '### Growth',
    '',
    'What watching costs as a pool and its traffic grow: real CPU and memory, the median of several rounds. A cost',
    'grows as a power of the size, whose exponent is fitted: 0 is flat, 1 is in proportion.',
    '',
    '![Costs by connections](benchmarks/scale-growth-connections.svg)',
    '',
    growthTable(growth, 'connections'),
    '',
    '![Costs by statements per second](benchmarks/scale-growth-traffic.svg)',
    '',
    growthTable(growth, 'statements per second'),
  ].join('\n')
}

function growthTable(growth: readonly Growth[], by: Growth['by']): string {
  const own = growth.filter((each) => each.by === by)
  const sizes = own[0]?.points.map(({ size }) => count(size)) ?? []
  const rows = own.map(({ name, unit, points, exponent }) => [
    `${name}, ${unit}`,
    ...points.map(({ cost }) => number(cost)),
    exponent.toFixed(2),
  ])
  return markdownTable([by, ...sizes, 'exponent'], rows)
}
