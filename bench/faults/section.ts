import {
  type ContenderName,
  contenderNames,
  contenderTitles,
  isHale,
} from '../contenders/contender.ts'
import { markdownTable } from '../proof/markdown-table.ts'
import type { Results } from '../proof/results.ts'
import type { Section } from '../proof/section.ts'
import { allFaults } from './catalogue/all-faults.ts'
import { reasonFor } from './concessions.ts'
import { drawGrades } from './grades-chart.ts'
import type { Cell } from './measure.ts'
import { renderMs } from './report.ts'
import { brokenPromises, type Defeat, defeatsOf, failedBeyond, gradeOf } from './verdicts.ts'

/** What docs/benchmarks.md says of the fault matrix. */
export function faultsSection({ found }: Results<readonly Cell[]>): Section {
  const played = allFaults.filter(({ id }) => found.some(({ fault }) => fault === id))
  const names = contenderNames.filter((name) => found.some(({ contender }) => contender === name))
  return {
    markdown: [
      '## Faults',
      `${played.length} faults, each done to ${names.length} contenders at the same time on the same PostgreSQL, each contender in a process of its own behind a proxy of its own: six callers, at most ten connections, \`query_timeout\` 5 s and 15 s to get a connection where the contender has such options, everything else by default.`,
      '![How each contender fared in each fault](benchmarks/faults.svg)',
      gradesTable(found, names),
      promises(found),
      '### Where another did better',
      defeats(defeatsOf(found)),
      '### Every cell',
      'Failures are counted beyond the unavoidable: what was under way on the link, backend or server that broke. `stall` is the longest that any caller waited, `detected` the first sign that the contender noticed, `healed` when the 99th percentile was within 1.5 times of its usual value again (or within 15 ms of it) over 3 s without a failure, `opened` the connections opened since.',
      ...played.map(({ id, title, what }) => details(id, `${title}: ${what}`, found)),
    ].join('\n\n'),
    charts: { 'faults.svg': drawGrades(found, played, names) },
  }
}

function gradesTable(cells: readonly Cell[], names: readonly ContenderName[]): string {
  const rows = names.map((name) => {
    const own = cells.filter(({ contender }) => contender === name)
    const sum = (of: (cell: Cell) => number): number =>
      own.reduce((total, cell) => total + of(cell), 0)
    return [
      contenderTitles[name],
      `${own.filter((cell) => gradeOf(cell) === 'well').length} of ${own.length}`,
      sum(({ died }) => (died === undefined ? 0 : 1)),
      sum(failedBeyond),
      sum(({ stuck }) => stuck),
      sum(({ leaked }) => leaked),
      sum(({ lost, doubled, strays }) => lost + doubled + strays),
      sum(({ sentTwice }) => sentTwice),
    ]
  })
  return markdownTable(
    [
      '',
      'faults that went well',
      'died',
      'failed beyond the unavoidable',
      'stuck callers',
      'leaked slots',
      'writes lost, doubled or not meant',
      'sent twice',
    ],
    rows,
  )
}

function promises(cells: readonly Cell[]): string {
  const broken = cells
    .filter(({ contender }) => isHale(contender as ContenderName))
    .flatMap((cell) => {
      const fault = allFaults.find(({ id }) => id === cell.fault)
      const told = fault === undefined ? [] : brokenPromises(fault, cell)
      return told.map(
        (each) =>
          `- ${titleOf(cell.fault)}, ${contenderTitles[cell.contender as ContenderName]}: ${each}`,
      )
    })
  return broken.length === 0
    ? 'Hale kept each bound of [what it promises per fault](faults.md) in this run.'
    : `Of [what Hale promises per fault](faults.md), this run did not keep:\n\n${broken.join('\n')}`
}

function defeats(all: readonly Defeat[]): string {
  if (all.length === 0) return 'In no cell of this run.'
  const grouped = new Map<string, Defeat[]>()
  for (const defeat of all) {
    const key = `${defeat.fault} ${defeat.measure}`
    grouped.set(key, [...(grouped.get(key) ?? []), defeat])
  }
  const rows = [...grouped.values()].map((same) => {
    const [first] = same as [Defeat, ...Defeat[]]
    const who = same.map(
      ({ by, byValue }) => `${contenderTitles[by]} ${renderValue(first, byValue)}`,
    )
    const own = Math.max(...same.map(({ haleValue }) => haleValue))
    return [
      titleOf(first.fault),
      first.measure,
      who.join(', '),
      renderValue(first, own),
      reasonFor(first),
    ]
  })
  return markdownTable(['fault', 'measure', 'better', 'Hale', 'why'], rows)
}

function renderValue({ measure }: Defeat, value: number): string {
  if (!Number.isFinite(value)) return 'never'
  return measure === 'longest stall' || measure === 'time to heal' ? renderMs(value) : String(value)
}

function details(id: string, summary: string, cells: readonly Cell[]): string {
  const rows = cells
    .filter(({ fault }) => fault === id)
    .map((cell) => [
      contenderTitles[cell.contender as ContenderName],
      gradeOf(cell),
      failedBeyond(cell),
      renderMs(cell.longestStallMs),
      cell.detectedMs === undefined ? '–' : renderMs(cell.detectedMs),
      cell.healedMs === undefined ? 'never' : renderMs(cell.healedMs),
      cell.kept ? 'kept' : '',
      cell.opened,
      cell.stuck,
      cell.leaked,
      cell.lost,
      cell.doubled + cell.strays,
      cell.sentTwice,
    ])
  const head = [
    '',
    'came out',
    'failed',
    'stall',
    'detected',
    'healed',
    'link',
    'opened',
    'stuck',
    'leaked',
    'lost',
    'doubled or stray',
    'sent twice',
  ]
  return `<details><summary>${summary}</summary>\n\n${markdownTable(head, rows)}\n\n</details>`
}

function titleOf(id: string): string {
  return allFaults.find((fault) => fault.id === id)?.title ?? id
}
