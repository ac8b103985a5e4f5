import { few, many, weighConnections } from '../../memory/weigh.ts'
import { spreadOf } from '../../statistics.ts'
import type { Figure, PartPlan } from '../figure.ts'
import { baselineOf, everyone, type PlainName, primary, titles } from '../speed-name.ts'
import type { RetainedTask } from './retained-process.ts'

/** Processes for those that the goals are about, and for the others. */
const weighings = 3
const weighingsOfOthers = 1

const method = `What a heap snapshot finds alive, code aside, with ${many} connections less that with ${few}, each after 200 statements; a process for each number. Buffers of the kernel are not in it.`

export const memory: PartPlan = {
  name: 'memory',
  title: 'Retained bytes per connection',
  async run({ connectionString }) {
    const found = new Map<PlainName, readonly number[]>()
    const failures: string[] = []
    for (const name of everyone) {
      try {
        found.set(name, await weigh(name, connectionString))
      } catch (error) {
        failures.push(`${titles[name]}: ${error}`)
      }
    }
    return {
      name: this.name,
      title: this.title,
      method,
      figures: toFigures(found),
      goals: [],
      failures,
    }
  },
}

async function weigh(name: PlainName, connectionString: string): Promise<number[]> {
  const task: RetainedTask = { name, connectionString, max: many }
  const isPrimary = primary.some((each) => each === name)
  const bytes: number[] = []
  for (let n = 0; n < (isPrimary ? weighings : weighingsOfOthers); n += 1) {
    bytes.push(await weighConnections(new URL('./retained-process.ts', import.meta.url), task))
  }
  return bytes
}

function toFigures(found: ReadonlyMap<PlainName, readonly number[]>): Figure[] {
  return [...found].map(([name, bytes]) => {
    const baseline = baselineOf(name)
    const usual = spreadOf(found.get(baseline) ?? bytes).median
    return {
      case: 'per connection',
      measure: 'retained',
      unit: 'KiB',
      who: titles[name],
      value: spreadOf(bytes.map((each) => each / 1_024)),
      ratio: spreadOf(bytes.map((each) => each / usual)),
      baseline: titles[baseline],
    }
  })
}
