import { type ContenderName, isHale } from '../contenders/contender.ts'
import type { Results } from '../proof/results.ts'
import { allFaults } from './catalogue/all-faults.ts'
import type { Fault } from './fault.ts'
import type { Cell } from './measure.ts'
import { renderMs } from './report.ts'

/** docs/faults.md: what is promised of each fault, and what the latest run of the matrix measured. */
export function renderPromises(results: Results<readonly Cell[]>): string {
  const { date, machine, versions, command, found } = results
  return `${[
    '# Faults, and what Hale promises of each',
    'Written by `npm run bench:proof`, from the faults themselves (`bench/faults/catalogue`) and the latest results.',
    'In every one of them the process lives, no caller is left without an answer, no slot is lost, no acknowledged write is lost, no write is doubled, no statement is sent twice, and nothing fails but what was under way on what broke. Beyond that there are bounds, with the default options:',
    ...allFaults.map((fault) => renderFault(fault, found)),
    '## Measured',
    `\`${command}\` on ${date}: PostgreSQL ${versions['postgresql']}, Node ${versions['node']}, ${machine.cores} × ${machine.cpu}, which the server, ten contenders and their proxies share. What is given is the worst of plain pg, Kysely and Drizzle. [All contenders](benchmarks.md).`,
  ].join('\n\n')}\n`
}

function renderFault(fault: Fault, cells: readonly Cell[]): string {
  const { title, what, answer, promised } = fault
  const own = cells.filter(({ fault: id, contender }) => {
    return id === fault.id && isHale(contender as ContenderName)
  })
  const worst = (of: (cell: Cell) => number | undefined): string => {
    const found = own.map(of)
    if (found.length === 0) return 'not measured'
    if (found.some((ms) => ms === undefined)) return 'never'
    return renderMs(Math.max(...found.map((ms) => ms ?? 0)))
  }
  const detect = promised.detectMs === undefined ? '–' : `≤ ${renderMs(promised.detectMs)}`
  const detected = promised.detectMs === undefined ? '–' : worst(({ detectedMs }) => detectedMs)
  return [
    `## ${capital(title)}`,
    `${capital(what)}. Hale: ${answer}.`,
    [
      '| | promised | measured |',
      '| --- | --- | --- |',
      `| noticed within | ${detect} | ${detected} |`,
      `| longest wait of a caller | ≤ ${renderMs(promised.stallMs)} | ${worst(({ longestStallMs }) => longestStallMs)} |`,
      `| p99 back within | ≤ ${renderMs(promised.healMs)} | ${worst(({ healedMs }) => healedMs)} |`,
    ].join('\n'),
    `Why so long: ${promised.because}.`,
  ].join('\n\n')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
