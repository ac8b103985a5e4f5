import type { Results } from '../proof/results.ts'
import type { Section } from '../proof/section.ts'
import { countFaults, type Tally } from './tally.ts'

/** What `bench:history --save` keeps of a run. */
export interface SavedRun {
  readonly seed: number
  readonly durationMs: number
  readonly rounds: number
  readonly tally: Tally
}

/** What the history checker has to say in docs/benchmarks.md. */
export function historySection({ command, date, found }: Results<SavedRun>): Section {
  const { seed, durationMs, rounds, tally } = found
  const minutes = Math.round(durationMs / 6_000) / 10
  const markdown = [
    '## History under faults',
    '',
    `Plain pg, Kysely and Drizzle on one pool while faults are injected at random: ${minutes} minutes in ${rounds} ` +
      `rounds from seed ${seed}, on ${date} (\`${command}\`). What callers were told is then compared with what the ` +
      'database holds and with what went over the wire.',
    '',
    ...tableOf(tally),
    '',
    `Faults: ${faultsOf(tally)}.`,
    '',
    ...violationsOf(tally),
    '',
  ].join('\n')
  return { markdown, charts: {} }
}

function tableOf(tally: Tally): readonly string[] {
  const { operations, byLayer } = tally
  const rows: readonly (readonly [string, number])[] = [
    ['operations: plain pg', byLayer.plain],
    ['operations: Kysely', byLayer.kysely],
    ['operations: Drizzle', byLayer.drizzle],
    ['acknowledged', operations.acknowledged],
    ['told that nothing was done', operations.undone],
    ['outcome unknown', operations.unknown],
    ['callers that asked for a connection', tally.asks],
    ['statements of callers', tally.statements],
    ['statements on the wire', tally.wired],
    ['rows found at the end', tally.rows],
    ['transfers among them', tally.transfers],
    ['connections opened', tally.connectionsOpened],
    ['faults', countFaults(tally)],
    ['violations', tally.violations.length],
  ]
  const lines = rows.map(([name, count]) => `| ${name} | ${count.toLocaleString('en')} |`)
  return ['| what | how many |', '| --- | ---: |', ...lines]
}

function faultsOf({ faults }: Tally): string {
  const counts = Object.entries(faults).sort(([, one], [, other]) => other - one)
  return counts.map(([kind, count]) => `${kind} ${count}`).join(', ')
}

function violationsOf({ violations }: Tally): readonly string[] {
  if (violations.length === 0) return ['No rule was broken.']
  return violations.map(({ rule, evidence }) => `- **${rule}**: ${evidence}`)
}
