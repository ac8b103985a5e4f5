import { answerParent, taskOfParent } from './child.ts'
import { pools, type Role, warm } from './contenders/trio.ts'
import type { Case, Sample, Scenario } from './scenario.ts'
import { scenarios } from './scenarios/all-scenarios.ts'

/** What a contender's process is started with. */
export interface ContenderTask {
  readonly role: Role
  readonly scenario: string
  readonly case: string
  readonly connectionString: string
}

/** One slice of work to be measured. */
export interface SliceQuestion {
  readonly count: number
}

/** Share of a slice's work that is done before it. */
const warmUpRatio = 0.2

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

/** What comes before is not measured: others ran meanwhile, whose code and data fill the caches. */
async function runSlice({ count }: SliceQuestion): Promise<Sample> {
  await warm(pool)
  await run(pool, batch * Math.ceil((count * warmUpRatio) / batch), role)
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await run(pool, count, role)
  const wallMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return { count, wallMs, cpuMs: (user + system) / 1e3 }
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
