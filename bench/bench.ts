import { judge, renderTable, type Verdict } from './report.ts'
import { type CaseResult, runCase } from './rounds.ts'
import type { Scenario } from './scenario.ts'

/** What one name on the command line stands for. */
export interface Bench {
  readonly name: string
  readonly title: string
  run(connectionString: string, rounds: number): Promise<BenchReport>
}

export interface BenchReport {
  readonly table: string
  readonly verdicts: readonly Verdict[]
  /** Every number, for a file. */
  readonly results: unknown
}

/** Runs the cases of a scenario; what fails in one of them is told, and stops no other. */
export function toBench(scenario: Scenario): Bench {
  const { name, title, cases } = scenario
  return {
    name,
    title,
    async run(connectionString, rounds) {
      const results: CaseResult[] = []
      const failures: string[] = []
      for (const each of cases) {
        try {
          results.push(await runCase(scenario, each, connectionString, rounds))
        } catch (error) {
          failures.push(`\n${each.name}: could not be measured: ${error}`)
        }
      }
      const table = [renderTable(scenario, results), ...failures].join('\n')
      return { table, verdicts: judge(scenario, results), results }
    },
  }
}
