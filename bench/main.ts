import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { startPostgres } from '@hale/testkit'
import { type BenchOptions, readOptions, UsageError, usage } from './options.ts'
import { judge, renderTable, renderVerdict, type Verdict } from './report.ts'
import { type CaseResult, runCase } from './rounds.ts'
import type { Scenario } from './scenario.ts'
import { lease } from './scenarios/lease.ts'
import { client, loopbackQuery, query } from './scenarios/query.ts'
import { cancelled, waiters } from './scenarios/waiters.ts'

const scenarios: readonly Scenario[] = [lease, query, client, loopbackQuery, waiters, cancelled]
const names = scenarios.map(({ name }) => name)

await main()

async function main(): Promise<void> {
  try {
    const options = readOptions(process.argv.slice(2), names)
    if (options.help) print(usage(names))
    else await runAll(options)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  }
}

async function runAll(options: BenchOptions): Promise<void> {
  await using postgres = await startPostgres()
  const environment = describeEnvironment()
  print(
    `${environment.node} on ${environment.cores} × ${environment.cpu}; rounds: ${options.rounds}\n`,
  )
  const chosen = scenarios.filter(({ name }) => {
    return options.only.length === 0 || options.only.includes(name)
  })
  const scenarioResults: { readonly scenario: string; readonly results: readonly CaseResult[] }[] =
    []
  const verdicts: Verdict[] = []
  for (const scenario of chosen) {
    const results: CaseResult[] = []
    for (const each of scenario.cases) {
      try {
        results.push(await runCase(each, postgres.connectionString, options.rounds))
      } catch (error) {
        print(`\n${scenario.name}, ${each.name}: could not be measured: ${error}\n`)
      }
    }
    print(`\n${scenario.title}\n\n${renderTable(results)}\n`)
    scenarioResults.push({ scenario: scenario.name, results })
    verdicts.push(...judge(scenario, results))
  }
  if (verdicts.length > 0) print(`\n${verdicts.map(renderVerdict).join('\n')}\n`)
  const load = loadavg().map((mean) => mean.toFixed(1))
  print(`\nLoad average: ${load.join(' ')} on ${environment.cores} cores\n`)
  if (options.json !== undefined) {
    const report = {
      environment,
      rounds: options.rounds,
      load,
      scenarios: scenarioResults,
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
