import { durationInWords } from '@hale/core'
import type { ConnectionCell, IssueView, PoolView, TimelineEntry } from '@hale/dashboard'
import stringWidth from 'string-width'
import { shownText } from '../terminal/shown-text.ts'
import type { Style } from '../terminal/style.ts'
import { cut, fit, wrap } from '../terminal/wrap.ts'
import { verdictOf } from './pool-verdict.ts'
import { sparkline } from './sparkline.ts'

type Status = ConnectionCell['status']
type Severity = Parameters<Style['severity']>[0]

/** Told by shape, so that no colour is needed. */
const glyphs: Readonly<Record<Status, string>> = {
  healthy: '●',
  degraded: '▲',
  unhealthy: '✖',
  unknown: '?',
}
const severities: Readonly<Record<Status, Severity>> = {
  healthy: 'ok',
  degraded: 'warning',
  unhealthy: 'critical',
  unknown: 'info',
}
const signs: Readonly<Record<IssueView['severity'], string>> = {
  critical: '✖',
  warning: '▲',
  info: '·',
}

const MOST_CELLS = 200
const MOST_ISSUES = 6
const MOST_ENTRIES = 6
/** Of one issue, or one entry of the timeline. */
const MOST_LINES = 3
/** `12:03:44 ✖ ` */
const TIME_WIDTH = 11
const SPARKS = 30
const CELL_WIDTH = 26

/** One pool, in lines of at most `style.columns` columns. */
export function renderPool(name: string, pool: PoolView, style: Style): readonly string[] {
  return [
    titleOf(name, pool, style),
    ...readingsOf(pool, style),
    ...cellsOf(pool, style),
    ...issuesOf(pool, style),
    ...timelineOf(pool, style),
  ]
}

function titleOf(name: string, pool: PoolView, style: Style): string {
  const { status, sentence } = verdictOf(pool)
  const { target, mode } = pool
  const where = shownText(`${target.host}:${target.port}/${target.database ?? ''}`)
  const shown = shownText(name)
  const title = cut(shown, Math.floor(style.columns / 2))
  const verdict = cut(
    ` ${glyphs[status] ?? '?'} ${shownText(sentence)}`,
    style.columns - stringWidth(title),
  )
  const left = style.columns - stringWidth(title) - stringWidth(verdict)
  const place =
    left < 8 ? '' : cut(`  ${shown.includes(where) ? '' : `${where} `}${shownText(mode)}`, left)
  return (
    style.bold(title) + style.severity(severities[status] ?? 'info', verdict) + style.dim(place)
  )
}

function readingsOf({ counts, series }: PoolView, style: Style): readonly string[] {
  const latest = (values: readonly (number | null)[]): number | null => values.at(-1) ?? null
  const [rate, p95Ms] = [latest(series.statementsPerSecond), latest(series.p95Ms)]
  const { total, max, leased, idle, waiting } = counts
  const rows = [
    ['connections', `${total}/${max}`, `${leased} leased, ${idle} idle`, series.leased],
    ['waiting', `${waiting}`, waiting === 1 ? 'caller' : 'callers', series.waiting],
    ['statements', rate === null ? '–' : rounded(rate), 'per second', series.statementsPerSecond],
    ['p95', p95Ms === null ? '–' : `≤ ${durationInWords(p95Ms)}`, 'of statements', series.p95Ms],
  ] as const
  return rows.map(([name, value, what, values]) => {
    const sparks = Math.min(SPARKS, Math.max(0, style.columns - 48))
    return cut(
      `  ${name.padEnd(12)}${fit(value, 10)} ${fit(what, 22)} ${sparkline(values, sparks)}`.trimEnd(),
      style.columns,
    )
  })
}

function cellsOf({ connections }: PoolView, style: Style): readonly string[] {
  const shown = connections.slice(0, MOST_CELLS)
  const perLine = Math.max(1, Math.floor((style.columns - 2) / CELL_WIDTH))
  const lines: string[] = []
  for (let start = 0; start < shown.length; start += perLine) {
    const cells = shown.slice(start, start + perLine).map((cell) => cellOf(cell, style))
    lines.push(`  ${cells.join('')}`.trimEnd())
  }
  const left = connections.length - shown.length
  return left > 0 ? [...lines, `  … and ${left} more`] : lines
}

function cellOf(cell: ConnectionCell, style: Style): string {
  const { connectionId, state, status, p95Ms, leasedMs, condemnedFor } = cell
  const does = condemnedFor === null ? state : 'condemned'
  const since =
    leasedMs === null
      ? p95Ms === null
        ? ''
        : ` p95 ${durationInWords(p95Ms)}`
      : ` ${durationInWords(leasedMs)}`
  const text = fit(` ${connectionId} ${shownText(does)}${since}`, CELL_WIDTH - 1)
  return style.severity(severities[status] ?? 'info', glyphs[status] ?? '?') + text
}

function issuesOf({ issues }: PoolView, style: Style): readonly string[] {
  const open = issues.filter(({ clearedAt }) => clearedAt === null)
  const shown = open.slice(0, MOST_ISSUES)
  const lines = shown.flatMap(({ severity, connectionId, explanation, type }) => {
    const whose = connectionId === null ? '' : `connection ${connectionId}: `
    const text = `${signs[severity] ?? '·'} ${whose}${shownText(explanation || type)}`
    return hang(text, 2, style.columns).map((line) => style.severity(severity, line))
  })
  const left = open.length - shown.length
  return left > 0 ? [...lines, `  … and ${left} more issues`] : lines
}

function timelineOf({ timeline }: PoolView, style: Style): readonly string[] {
  return timeline.slice(0, MOST_ENTRIES).flatMap(({ at, severity, text }: TimelineEntry) => {
    const time = new Date(at).toISOString().slice(11, 19)
    const told = `${time} ${signs[severity] ?? '·'} ${shownText(text)}`
    return hang(told, TIME_WIDTH, style.columns).map((line) =>
      severity === 'info' ? style.dim(line) : style.severity(severity, line),
    )
  })
}

/** `text` in a few lines, those after the first further in. */
function hang(text: string, indent: number, columns: number): readonly string[] {
  const width = columns - 2 - indent
  const lines = wrap(text, width)
  const shown = [...lines.slice(0, MOST_LINES - 1), lines.slice(MOST_LINES - 1).join(' ')]
  return shown
    .filter((line) => line !== '')
    .map((line, index) => ' '.repeat(index === 0 ? 2 : 2 + indent) + cut(line, width))
}

function rounded(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')
}
