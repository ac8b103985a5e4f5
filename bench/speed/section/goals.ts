import { markdownTable } from '../../proof/markdown-table.ts'
import { renderRange, type Verdict } from '../../report.ts'

/** What was to be reached, and what came of it beside the machine's noise. */
export function goalsTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ goal, holds, ratio, measured }) => [
    goal.name,
    goal.atMost === undefined ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`,
    ratio.toFixed(3),
    measured === undefined ? '–' : renderRange(measured.ratio),
    measured === undefined ? '–' : renderRange(measured.noise),
    holds ? 'holds' : '**does not hold**',
  ])
  return markdownTable(['goal', 'ratio', 'found', 'p10..p90', 'noise', ''], rows)
}
