import type { DemoOutcome } from '../stage/outcome.ts'
import { contenderNames } from '../stage/per-contender.ts'

const WIDTH = 98

/** What each row of the table means, one sentence each. */
const meanings: readonly (readonly [string, string])[] = [
  [
    'p50 / p99',
    'Median and 99th percentile of the shop’s operations, each one to six statements and failed ones included: before the fault, while it lasted, and after it was undone.',
  ],
  [
    'slowest operation',
    'The one that took longest while the fault lasted; a broken connection out of ten may hide below p99.',
  ],
  [
    'failures',
    'Operations that ended in an error; orders for what is sold out are rolled back on purpose and do not count.',
  ],
  [
    'time to detect',
    'From the fault until the pool itself said or did something about that connection.',
  ],
  [
    'time to heal',
    'From the fault until no operation failed, no half second passed without an answer, and nothing went over a broken connection any more; “never” if that had to wait until the fault was undone.',
  ],
  [
    'connections swapped',
    'Connections that the pool closed for a reason other than idleness, with the reason.',
  ],
  [
    'process crashes',
    'Deaths of the process that runs the shop; it is started again at once, and what it was doing is in no other row.',
  ],
  [
    'slots never given back',
    'Pool slots that were still taken after the last operation had ended.',
  ],
  [
    'lost, doubled',
    'Writes that were acknowledged to the shop but are not in the database, or rows that are in it more than once.',
  ],
  [
    'half-done orders',
    'Orders whose handler gave its client back before COMMIT, committed by the next user of that client.',
  ],
  ['units off', 'What the stock differs from what the sold and restocked units say it should be.'],
]

/** The sentences below the table, and what the crashes and failures were. */
export function renderLegend({ run, wallMs }: DemoOutcome): string {
  const lines = meanings.flatMap(([label, sentence]) => wrap(`${label}: ${sentence}`))
  const causes = contenderNames.flatMap((name) => [
    ...run[name].crashes.map(({ reason }) => `${name} died of: ${reason}`),
    ...Object.entries(run[name].failuresByMessage).map(
      ([message, count]) => `${name} failed ${count} ×: ${message}`,
    ),
  ])
  const took = `The demo took ${(wallMs / 1_000).toFixed(1)} s.`
  return [...lines, '', ...causes.flatMap(wrap), took].join('\n')
}

/** Breaks at spaces; lines after the first are indented. */
function wrap(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH) {
      lines.push(line)
      line = `  ${word}`
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
