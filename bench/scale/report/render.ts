import type { Range } from '../fleet/summarise.ts'
import type { ScaleFound } from '../found.ts'
import type { Growth } from '../growth/fit.ts'
import type { LoginCost } from '../login-cost.ts'
import type { ServerModel } from '../server/server-model.ts'
import { failoverRows } from './failover-rows.ts'
import { number } from './words.ts'

export function renderLogin(login: LoginCost | null, { loginCpuMs }: ServerModel): string {
  if (login === null) return 'no PostgreSQL here to measure a login with\n'
  const { loginsPerSecond, cores, clientCpuMs, serverCpuMs } = login
  return (
    `a login on this machine's PostgreSQL: ${number(loginsPerSecond)} per second on ${cores} cores, ` +
    `${serverCpuMs.toFixed(1)} ms of the server's CPU each (and ${clientCpuMs.toFixed(1)} ms of its client's); ` +
    `the model takes ${loginCpuMs} ms\n`
  )
}

/** Each cost in a line, its size from left to right. */
export function renderGrowth(growth: readonly Growth[]): string {
  const lines = growth.map(({ name, by, unit, points, exponent }) => {
    const costs = points.map(({ cost }) => number(cost).padStart(9)).join('')
    return `${name.padEnd(30)} ${unit.padEnd(4)}${costs}   size^${exponent.toFixed(2)}  by ${by}`
  })
  const sizes = (by: Growth['by']): string => {
    const points = growth.find((each) => each.by === by)?.points ?? []
    return points.map(({ size }) => number(size).padStart(9)).join('')
  }
  return [
    '',
    `${'connections'.padEnd(35)}${sizes('connections')}`,
    `${'statements per second'.padEnd(35)}${sizes('statements per second')}`,
    ...lines,
    '',
  ].join('\n')
}

/** A table, one column per kind of pool: the median over the seeds, and least to most. */
export function renderFailover({ scenario, fleets }: ScaleFound['failovers'][number]): string {
  const rows = failoverRows.map(({ name, rangeIn, render }) => [
    name,
    ...fleets.map((fleet) => withSpread(rangeIn(fleet), render)),
  ])
  const head = ['', ...fleets.map(({ label }) => label)]
  const widths = head.map((text, column) => {
    return Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0))
  })
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
  return ['', scenario.label, line(head), ...rows.map(line), ''].join('\n')
}

function withSpread(range: Range, render: (value: number | null) => string): string {
  const { least, median, most } = range
  if (least === most) return render(median)
  return `${render(median)} (${render(least)}–${render(most)})`
}
