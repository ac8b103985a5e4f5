import { markdownTable } from '../../proof/markdown-table.ts'
import { formatValue } from '../../report.ts'
import type { Figure } from '../figure.ts'

/** How figures become a table: one row for each who, one column for each case or each measure. */
export interface Pivot {
  readonly by: 'case' | 'measure'
  /** Heading of the first column. */
  readonly heading: string
  cell(figure: Figure): string
}

/** A table in Markdown; empty for no figures. */
export function pivot(figures: readonly Figure[], { by, heading, cell }: Pivot): string {
  const columns = [...new Set(figures.map((figure) => figure[by]))]
  const rows = [...new Set(figures.map(({ who }) => who))].map((who) => {
    const cells = columns.map((column) => {
      const figure = figures.find((each) => each.who === who && each[by] === column)
      return figure === undefined ? '–' : cell(figure)
    })
    return [who, ...cells]
  })
  return rows.length === 0 ? '' : markdownTable([heading, ...columns], rows)
}

/** Such as `46.5 µs`. */
export function valueCell({ value, unit }: Figure): string {
  return `${formatValue(value.median)} ${shortUnit(unit)}`
}

/** Such as `46.5 µs, ×0.91`; a baseline has no ratio to itself. */
export function ratioCell(figure: Figure): string {
  const { ratio, who, baseline } = figure
  if (ratio === undefined || who === baseline) return valueCell(figure)
  return `${valueCell(figure)}, ×${ratio.median.toFixed(2)}`
}

/** Such as `0.46 (0.31..0.60) µs`. */
export function spreadCell({ value, unit }: Figure): string {
  const { p10, median, p90 } = value
  const [low, middle, high] = [p10, median, p90].map((each) => formatSigned(each))
  return `${middle} (${low}..${high}) ${shortUnit(unit)}`
}

/** Small differences may be negative. */
function formatSigned(value: number): string {
  return value < 0 ? `−${formatValue(-value)}` : formatValue(value)
}

/** What a unit is per is said by the table's heading. */
function shortUnit(unit: string): string {
  return unit.replace(/\/(query|lease)$/, '').replace('queries/s', '/s')
}
