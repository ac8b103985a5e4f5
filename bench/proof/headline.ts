import { type ContenderName, contenderNames, contenderTitles } from '../contenders/contender.ts'
import type { Cell } from '../faults/measure.ts'
import { failedBeyond, gradeOf } from '../faults/verdicts.ts'
import { type Figure, figuresOf, type SpeedFound } from '../speed/figure.ts'
import { markdownTable } from './markdown-table.ts'

/** README's table: what each contender does to an application when something breaks, and what it costs. */
export function headline(cells: readonly Cell[], speed: SpeedFound): string {
  const cpu = cpuRatios(speed)
  const rows = contenderNames.flatMap((name) => {
    const own = cells.filter(({ contender }) => contender === name)
    if (own.length === 0) return []
    const count = (isSo: (cell: Cell) => boolean): number => own.filter(isSo).length
    return [
      [
        contenderTitles[name],
        `${count((cell) => gradeOf(cell) === 'well')} of ${own.length}`,
        count(({ died }) => died !== undefined),
        count(({ stuck }) => stuck > 0),
        count(({ leaked }) => leaked > 0),
        count(({ lost, doubled, strays, sentTwice }) => lost + doubled + strays + sentTwice > 0),
        count((cell) => failedBeyond(cell) > 0),
        cpu.get(name) ?? '–',
      ],
    ]
  })
  const head = [
    '',
    'faults that nobody felt',
    'process died',
    'callers stuck',
    'slots lost',
    'writes wrong',
    'needless failures',
    'CPU per query',
  ]
  return markdownTable(head, rows)
}

const shownCase = '10 callers'

/**
 * CPU per statement, times pg-pool in the same part: without a server, whose noise hides differences of some
 * percent. Contenders that cannot be measured so have none.
 */
export function cpuRatios({ parts }: SpeedFound): ReadonlyMap<ContenderName, string> {
  const ratios = new Map<ContenderName, string>()
  for (const partName of ['loopback', 'adapters']) {
    const part = parts.find(({ name }) => name === partName)
    const figures = figuresOf(part, 'cpu').get(shownCase) ?? []
    for (const name of contenderNames) {
      const ratio = timesPgPool(contenderTitles[name], figures)
      if (ratio !== undefined && !ratios.has(name)) ratios.set(name, `${ratio.toFixed(2)}×`)
    }
  }
  return ratios
}

/** By the ratios within the rounds, as on the page; an adapter's are to the same ORM on pg-pool, whose are to pg-pool. */
function timesPgPool(who: string, figures: readonly Figure[]): number | undefined {
  const { ratio, baseline } = figures.find((figure) => figure.who === who) ?? {}
  if (ratio === undefined || baseline === undefined) return undefined
  if (baseline === contenderTitles['pg-pool']) return ratio.median
  const ofBaseline = timesPgPool(baseline, figures)
  return ofBaseline === undefined ? undefined : ratio.median * ofBaseline
}
