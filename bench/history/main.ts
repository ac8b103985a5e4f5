// Callers, a nemesis, and a checker that compares what they were told with what the database holds.
import { runProgram } from '../command-line.ts'
import { versionsOf, writeResults } from '../proof/results.ts'
import { describeStep } from './nemesis/fault.ts'
import { planFaults } from './nemesis/plan.ts'
import { type HistoryOptions, readOptions, usage } from './options.ts'
import type { Round } from './round.ts'
import { planRounds, playRounds } from './rounds.ts'
import type { SavedRun } from './section.ts'
import { addTallies, countFaults, emptyTally, type Tally, tallyRound } from './tally.ts'

/** PostgreSQL's, which the testkit starts. */
const serverVersion = '18'

await runProgram(async () => {
  const options = readOptions(process.argv.slice(2))
  if (options.help) print(usage)
  else await run(options)
})

async function run({ seed, durationMs, save }: HistoryOptions): Promise<void> {
  const rounds = planRounds(seed, durationMs)
  print(`seed ${seed}, ${durationMs / 1_000} s in ${rounds.length} round(s)\n`)
  if (rounds.length === 1) printPlan(seed, durationMs)
  let tally = emptyTally()
  for await (const round of playRounds(seed, durationMs)) {
    report(round)
    tally = addTallies(tally, tallyRound(round))
  }
  if (rounds.length > 1) print(`\nall rounds: ${describe(tally)}\n`)
  if (save) await keep({ seed, durationMs, rounds: rounds.length, tally })
  if (tally.violations.length > 0) process.exitCode = 1
}

function printPlan(seed: number, durationMs: number): void {
  for (const step of planFaults(seed, durationMs)) print(`  ${describeStep(step)}\n`)
}

function report(round: Round): void {
  const { seed, durationMs, violations } = round
  print(`seed ${seed}, ${durationMs / 1_000} s: ${describe(tallyRound(round))}\n`)
  if (violations.length === 0) return
  for (const { rule, evidence } of violations) print(`  ${rule}: ${evidence}\n`)
  print(`  again: npm run bench:history -- --seed ${seed} --seconds ${durationMs / 1_000}\n`)
}

function describe(tally: Tally): string {
  const { acknowledged, undone, unknown } = tally.operations
  return [
    `${acknowledged + undone + unknown} operations (${acknowledged} acknowledged, ${undone} undone, ${unknown} unknown)`,
    `${tally.wired} statements on the wire`,
    `${countFaults(tally)} faults`,
    `${tally.connectionsOpened} connections opened`,
    `longest stall ${Math.round(tally.longestStallMs)} ms`,
    `${tally.violations.length} violations`,
  ].join(', ')
}

async function keep(found: SavedRun): Promise<void> {
  const { seed, durationMs } = found
  await writeResults({
    bench: 'history',
    command: `npm run bench:history -- --minutes ${durationMs / 60_000} --seed ${seed} --save`,
    versions: { ...versionsOf(['pg', 'kysely', 'drizzle-orm']), postgresql: serverVersion },
    found,
  })
}

function print(text: string): void {
  process.stdout.write(text)
}
