import { startChild } from './child.ts'
import type { ContenderTask } from './contender-process.ts'
import { type Role, roles } from './contenders/trio.ts'
import { type Compared, compare, takeTurns } from './interleaving.ts'
import type { Case, Measure, Scenario } from './scenario.ts'

/** One measure of one contender over all rounds. */
export interface Outcome extends Compared {
  readonly role: Role
}

export interface CaseResult {
  readonly case: Case
  /** Units of work per slice in the last rounds, the same for every contender. */
  readonly count: number
  readonly measures: readonly { readonly measure: Measure; readonly outcomes: readonly Outcome[] }[]
}

/** Measures one case of a scenario, the contenders in turns. */
export async function runCase(
  { name: scenario }: Scenario,
  subjectCase: Case,
  connectionString: string,
  rounds: number,
): Promise<CaseResult> {
  const { name, sliceMs, batch = 1 } = subjectCase
  const task: Omit<ContenderTask, 'role'> = { scenario, case: name, connectionString }
  const program = new URL('./contender-process.ts', import.meta.url)
  const { count, rounds: measured } = await takeTurns({
    names: roles,
    rounds,
    sliceMs,
    batch,
    start: (role) => startChild(program, { ...task, role }),
  })
  const measures = subjectCase.measures.map((measure) => ({
    measure,
    outcomes: roles.map((role) => ({
      role,
      ...compare(measured, role, 'baseline', (sample) => measure.of(sample)),
    })),
  }))
  return { case: subjectCase, count, measures }
}
