import { answerParent, taskOfParent } from './child.ts'
import { type ContenderName, createPool, warm } from './contenders.ts'
import type { Case, Sample } from './scenario.ts'
import { scenarios } from './scenarios/all-scenarios.ts'

/** What a contender's process is started with. */
export interface ContenderTask {
  readonly contender: ContenderName
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
const { run, pool: options, batch = 1 } = findCase(task)
const pool = createPool(task.contender, {
  connectionString: task.connectionString,
  ...options,
})
answerParent(runSlice, () => pool.end())

/** What comes before is not measured: others ran meanwhile, whose code and data fill the caches. */
async function runSlice({ count }: SliceQuestion): Promise<Sample> {
  await warm(pool)
  await run(pool, batch * Math.ceil((count * warmUpRatio) / batch))
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await run(pool, count)
  const wallMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return { count, wallMs, cpuMs: (user + system) / 1e3 }
}

function findCase({ scenario, case: name }: ContenderTask): Case {
  const found = scenarios
    .find((each) => each.name === scenario)
    ?.cases.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no case ${scenario}, ${name}`)
  return found
}
