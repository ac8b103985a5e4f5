import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { startPostgres } from '@hale/testkit'
import { type Bench, toBench } from './bench.ts'
import { runProgram } from './command-line.ts'
import { memory } from './memory/memory.ts'
import { type BenchOptions, readOptions, usage } from './options.ts'
import { recycling } from './recycling/recycling.ts'
import { renderVerdict, type Verdict } from './report.ts'
import { scenarios } from './scenarios/all-scenarios.ts'

const benches: readonly Bench[] = [...scenarios.map(toBench), memory, recycling]
const names = benches.map(({ name }) => name)

await runProgram(async () => {
  const options = readOptions(process.argv.slice(2), names)
  if (options.help) print(usage(names))
  else await runAll(options)
})

async function runAll(options: BenchOptions): Promise<void> {
  await using postgres = await startPostgres()
  const environment = describeEnvironment()
  print(
    `${environment.node} on ${environment.cores} × ${environment.cpu}; rounds: ${options.rounds}\n`,
  )
  const chosen = benches.filter(({ name }) => options.only.includes(name))
  const reports: { readonly scenario: string; readonly results: unknown }[] = []
  const verdicts: Verdict[] = []
  for (const { name, title, run } of chosen) {
    const report = await run(postgres.connectionString, options.rounds)
    print(`\n${title}\n\n${report.table}\n`)
    reports.push({ scenario: name, results: report.results })
    verdicts.push(...report.verdicts)
  }
  if (verdicts.length > 0) print(`\n${verdicts.map(renderVerdict).join('\n')}\n`)
  const load = loadavg().map((mean) => mean.toFixed(1))
  print(`\nLoad average: ${load.join(' ')} on ${environment.cores} cores\n`)
  if (options.json !== undefined) {
    const report = {
      environment,
      rounds: options.rounds,
      load,
      scenarios: reports,
      verdicts,
    }
    await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`)
  }
}

function describeEnvironment(): { node: string; cpu: string; cores: number } {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU'
  return { node: `Node ${process.version}`, cpu, cores: availableParallelism() }
}

function print(text: string): void {
  process.stdout.write(text)
}
