import { type ContenderName, contenderTitles, isHale } from '../contenders/contender.ts'
import { align } from '../report.ts'
import { reasonFor } from './concessions.ts'
import type { Fault } from './fault.ts'
import type { Cell } from './measure.ts'
import { brokenPromises, type Defeat } from './verdicts.ts'

const headings = [
  'contender',
  'lived',
  'failed',
  'unavoidable',
  'stall',
  'detected',
  'p99 before',
  'healed',
  'kept',
  'opened',
  'stuck',
  'leaked',
  'lost',
  'doubled',
  'strays',
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
    cell.kept ? 'yes' : '',
    String(cell.opened),
    ...[cell.stuck, cell.leaked, cell.lost, cell.doubled, cell.strays, cell.sentTwice].map(String),
  ]
}

/** What Hale promises and did not keep, with what its callers were told; empty when all is kept. */
export function renderBroken(fault: Fault, cells: readonly Cell[]): string {
  return cells
    .filter(({ contender }) => isHale(contender as ContenderName))
    .flatMap((cell) => {
      const broken = brokenPromises(fault, cell)
      if (broken.length === 0) return []
      const errors = Object.entries(cell.errors).map(([error, count]) => `${count} × ${error}`)
      return [`${cell.contender}: not kept: ${[...broken, ...errors].join('; ')}\n`]
    })
    .join('')
}

/** Where someone else was better, and why that may be. */
export function renderDefeats(defeats: readonly Defeat[]): string {
  if (defeats.length === 0) return 'Nobody was better than Hale in any cell.'
  const rows = defeats.map((defeat) => {
    const { fault, measure, by, byValue, haleValue } = defeat
    return [fault, measure, by, String(byValue), String(haleValue), reasonFor(defeat)]
  })
  return align([['fault', 'measure', 'better', 'its value', 'of Hale', 'why'], ...rows])
}

/** Milliseconds below a second, seconds above. */
export function renderMs(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
