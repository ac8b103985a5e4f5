import { align, formatValue, renderRange } from '../report.ts'
import type { Part } from './figure.ts'

const headings = ['case', 'measure', 'who', 'median', 'unit', 'p10..p90', 'ratio', 'p10..p90', 'to']

/** A part's figures as text for a terminal, and what could not be measured. */
export function renderPart({ figures, failures }: Part): string {
  const rows = figures.map((figure, index) => {
    const before = figures[index - 1]
    const isNewCase = figure.case !== before?.case || figure.measure !== before?.measure
    const { value, ratio, baseline } = figure
    return [
      isNewCase ? figure.case : '',
      isNewCase ? figure.measure : '',
      figure.who,
      formatValue(value.median),
      figure.unit,
      `${formatValue(value.p10)}..${formatValue(value.p90)}`,
      ratio?.median.toFixed(3) ?? '',
      ratio === undefined ? '' : renderRange(ratio),
      baseline ?? '',
    ]
  })
  return [
    align([headings, ...rows]),
    ...failures.map((failure) => `not measured: ${failure}`),
  ].join('\n')
}
