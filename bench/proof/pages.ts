import { readFile } from 'node:fs/promises'
import type { Cell } from '../faults/measure.ts'
import { renderPromises } from '../faults/promises.ts'
import { faultsSection } from '../faults/section.ts'
import { historySection, type SavedRun } from '../history/section.ts'
import type { ScaleFound } from '../scale/found.ts'
import { scaleSection } from '../scale/section.ts'
import type { SpeedFound } from '../speed/figure.ts'
import { speedSection } from '../speed/section.ts'
import { headline } from './headline.ts'
import { markdownTable } from './markdown-table.ts'
import { type Results, readResults } from './results.ts'
import type { Section } from './section.ts'

/** The repository, from which the paths of pages count. */
export const root: URL = new URL('../../', import.meta.url)

/**
 * Every page that shows a number of a bench, by its path, as the saved results have it.
 * @throws {Error} when a bench has never been run with `--save`
 */
export async function renderPages(): Promise<ReadonlyMap<string, string>> {
  const faults = await savedResults<readonly Cell[]>('faults')
  const history = await savedResults<SavedRun>('history')
  const speed = await savedResults<SpeedFound>('speed')
  const scale = await savedResults<ScaleFound>('scale')
  const runs = [faults, history, speed, scale]
  const sections = [
    faultsSection(faults),
    historySection(history),
    speedSection(speed),
    scaleSection(scale),
  ]
  const charts = sections.flatMap((section) => Object.entries(section.charts))
  const readme = await readFile(new URL('README.md', root), 'utf8')
  return new Map([
    ['docs/benchmarks.md', benchmarks(runs, sections)],
    ...charts.map(([file, svg]) => [`docs/benchmarks/${file}`, svg] as const),
    ['docs/faults.md', renderPromises(faults)],
    ['README.md', withHeadline(readme, headline(faults.found, speed.found))],
  ])
}

async function savedResults<Found>(bench: string): Promise<Results<Found>> {
  const results = await readResults<Found>(bench)
  if (results === undefined) {
    throw new Error(`no results of ${bench}: run \`npm run bench:${bench} -- --save\` first`)
  }
  return results
}

function benchmarks(runs: readonly Results<unknown>[], sections: readonly Section[]): string {
  return `${[
    '# Benchmarks',
    'Written by `npm run bench:proof`, which runs the benches and renders what they found; no number here was typed. [How to read them](../bench/README.md).',
    provenance(runs),
    ...sections.map(({ markdown }) => markdown.trim()),
  ].join('\n\n')}\n`
}

function provenance(runs: readonly Results<unknown>[]): string {
  const rows = runs.map(({ bench, command, date, machine, versions }) => {
    const { cores, cpu, memoryGiB, load } = machine
    const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
    return [
      bench,
      `\`${command}\``,
      date,
      `${cores} × ${cpu}, ${memoryGiB} GiB`,
      load,
      used.join(', '),
    ]
  })
  return markdownTable(['bench', 'command', 'date', 'machine', 'load at its end', 'versions'], rows)
}

const marks = { begin: '<!-- headline: begin -->', end: '<!-- headline: end -->' }

/** `readme` with the table between the marks replaced. */
function withHeadline(readme: string, table: string): string {
  const from = readme.indexOf(marks.begin)
  const to = readme.indexOf(marks.end)
  if (from < 0 || to < from) throw new Error(`README.md lacks ${marks.begin} … ${marks.end}`)
  return `${readme.slice(0, from)}${marks.begin}\n\n${table}\n\n${readme.slice(to)}`
}
