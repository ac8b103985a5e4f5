import { type ContenderName, contenderTitles } from '../contenders/contender.ts'
import { align } from '../report.ts'
import type { Cell } from './measure.ts'

const headings = [
  'contender',
  'lived',
  'failed',
  'unavoidable',
  'stall',
  'detected',
  'p99 before',
  'healed',
  'opened',
  'stuck',
  'leaked',
  'lost',
  'doubled',
  'sent twice',
]

/** One row per contender of a fault, under aligned headings. */
export function renderCells(cells: readonly Cell[]): string {
  return align([headings, ...cells.map(toRow)])
}

function toRow(cell: Cell): readonly string[] {
  return [
    contenderTitles[cell.contender as ContenderName],
    cell.died === undefined ? 'yes' : 'DIED',
    String(cell.failures),
    String(cell.unavoidable),
    renderMs(cell.longestStallMs),
    cell.detectedMs === undefined
      ? '–'
      : `${renderMs(cell.detectedMs)} (${cell.detectedBy?.slice(0, 40)})`,
    renderMs(cell.usualP99Ms),
    cell.healedMs === undefined ? 'never' : renderMs(cell.healedMs),
    String(cell.opened),
    ...[cell.stuck, cell.leaked, cell.lost, cell.doubled, cell.sentTwice].map(String),
  ]
}

/** Milliseconds below a second, seconds above. */
export function renderMs(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
