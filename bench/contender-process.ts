import { answerParent, taskOfParent } from './child.ts'
import { pools, type Role, warm } from './contenders/trio.ts'
import type { Case, Sample, Scenario } from './scenario.ts'
import { scenarios } from './scenarios/all-scenarios.ts'
import { measureSlice, type SliceQuestion } from './slice.ts'

/** What a contender's process is started with. */
export interface ContenderTask {
  readonly role: Role
  readonly scenario: string
  readonly case: string
  readonly connectionString: string
}

const task = taskOfParent<ContenderTask>()
const { role } = task
const scenario = findScenario(task)
const { run, pool: options, batch = 1 } = findCase(scenario, task)
const { contenders = pools } = scenario
const pool = contenders.createPool(role, {
  connectionString: task.connectionString,
  ...options,
})
answerParent(runSlice, () => pool.end())

async function runSlice({ count }: SliceQuestion): Promise<Sample> {
  await warm(pool)
  return measureSlice(count, (some) => run(pool, some, role), batch)
}

function findScenario({ scenario: name }: ContenderTask): Scenario {
  const found = scenarios.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  return found
}

function findCase({ cases }: Scenario, { case: name }: ContenderTask): Case {
  const found = cases.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  return found
}
