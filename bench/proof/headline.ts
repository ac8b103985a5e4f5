import { type ContenderName, contenderNames, contenderTitles } from '../contenders/contender.ts'
import type { Cell } from '../faults/measure.ts'
import { failedBeyond, gradeOf } from '../faults/verdicts.ts'
import { figuresOf, type SpeedFound } from '../speed/figure.ts'
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
function cpuRatios({ parts }: SpeedFound): ReadonlyMap<ContenderName, string> {
  const ratios = new Map<ContenderName, string>()
  for (const partName of ['loopback', 'adapters']) {
    const part = parts.find(({ name }) => name === partName)
    const figures = figuresOf(part, 'cpu').get(shownCase) ?? []
    const medianOf = (name: ContenderName): number | undefined =>
      figures.find(({ who }) => who === contenderTitles[name])?.value.median
    const ofPgPool = medianOf('pg-pool')
    for (const name of contenderNames) {
      const own = medianOf(name)
      if (own === undefined || ofPgPool === undefined || ratios.has(name)) continue
      ratios.set(name, `${(own / ofPgPool).toFixed(2)}×`)
    }
  }
  return ratios
}
