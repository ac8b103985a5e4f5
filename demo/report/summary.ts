import type { ContenderName } from '../contender/messages.ts'
import { type ActOutcome, type DemoOutcome, type RunOutcome, total } from '../stage/outcome.ts'
import type { PerContender } from '../stage/per-contender.ts'
import {
  formatCounts,
  formatHealed,
  formatMs,
  formatNoticed,
  formatQuantiles,
} from './figures-text.ts'

/** A heading without values, or what was measured on both. */
interface Row {
  readonly label: string
  readonly values?: PerContender<string>
}

const WIDTHS = { label: 34, value: 32 }

/** The table that the demo ends with: both contenders side by side, within 100 columns. */
export function renderTable({ acts, run }: DemoOutcome): string {
  const rows: Row[] = acts.flatMap(({ title, lastedMs, outcomes }) => [
    { label: `${title} (for ${formatMs(lastedMs)})` },
    ...actRows.map(([label, read]) => row(label, outcomes, read)),
  ])
  rows.push({ label: 'the whole run' }, ...runRows.map(([label, read]) => row(label, run, read)))
  const rule = '─'.repeat(WIDTHS.label + 2 * WIDTHS.value)
  const lines = [renderRow({ label: '', values: { plain: 'plain pg.Pool', hale: 'Hale' } }), rule]
  for (const each of rows) {
    if (each.values === undefined && lines.length > 2) lines.push('')
    lines.push(renderRow(each))
  }
  return [...lines, rule].join('\n')
}

const actRows: readonly (readonly [
  string,
  (outcome: ActOutcome, name: ContenderName) => string,
])[] = [
  ['  p50 / p99 before', ({ before }) => formatQuantiles(before)],
  ['  p50 / p99 during', ({ during }) => formatQuantiles(during)],
  ['  p50 / p99 after', ({ after }) => formatQuantiles(after)],
  ['  slowest operation during', ({ during }) => formatMs(during.slowestMs)],
  ['  operations during', ({ during }) => String(during.operations)],
  ['  failures before/during/after', formatFailures],
  ['  time to detect', formatNoticed],
  ['  time to heal', formatHealed],
  ['  connections swapped', ({ swapped }) => formatCounts(swapped)],
  ['  process crashes', ({ crashes }) => formatCrashes(crashes)],
]

const runRows: readonly (readonly [string, (outcome: RunOutcome) => string])[] = [
  ['  queries', ({ queries }) => String(queries)],
  ['  operations', ({ operations }) => String(operations)],
  ['  failures', ({ failures }) => String(failures)],
  ['  connections swapped', ({ swapped }) => String(total(swapped))],
  ['  process crashes', ({ crashes }) => formatCrashes(crashes.length)],
  ['  slots never given back', ({ taken }) => (taken === undefined ? '–' : String(taken))],
  ['  acknowledged writes', ({ ledger }) => String(ledger.acknowledged)],
  ['  … of them lost', ({ ledger }) => String(ledger.lost)],
  ['  … of them doubled', ({ ledger }) => String(ledger.doubled)],
  ['  half-done orders committed', ({ ledger }) => String(ledger.committedByStrangers)],
  ['  units that the stock is off', ({ ledger }) => String(ledger.unitsOff)],
]

function formatFailures({ before, during, after }: ActOutcome): string {
  return `${before.failures} / ${during.failures} / ${after.failures}`
}

function formatCrashes(crashes: number): string {
  return crashes === 0 ? '0' : `${crashes} (crashed, restarted)`
}

function row<Outcome>(
  label: string,
  outcomes: PerContender<Outcome>,
  read: (outcome: Outcome, name: ContenderName) => string,
): Row {
  return {
    label,
    values: { plain: read(outcomes.plain, 'plain'), hale: read(outcomes.hale, 'hale') },
  }
}

function renderRow({ label, values }: Row): string {
  if (values === undefined) return label
  return `${label.padEnd(WIDTHS.label)}${values.plain.padEnd(WIDTHS.value)}${values.hale}`.trimEnd()
}
