import { startChild } from '../../child.ts'
import { spreadOf } from '../../statistics.ts'
import { buildPackages } from '../build-packages.ts'
import type { Figure, PartContext, PartPlan } from '../figure.ts'
import { baselineOf, everyone, type PlainName, titles } from '../speed-name.ts'
import type { Started, StartTask } from './start-process.ts'

/** Processes per contender, in turns. */
const starts = 7
const max = 20

const method = `${starts} fresh processes per contender, in turns. Hale is loaded as it is published, from its build. The first statement includes making the pool and connecting.`

export const start: PartPlan = {
  name: 'start',
  title: `Cold start: packages loaded, first statement, ${max} connections that serve`,
  async run(context) {
    buildPackages()
    const found = new Map<PlainName, Started[]>(everyone.map((name) => [name, []]))
    const failures = new Set<string>()
    for (let round = 0; round < starts; round += 1) {
      const order = round % 2 === 0 ? everyone : everyone.toReversed()
      for (const name of order) {
        try {
          found.get(name)?.push(await startOnce(name, context))
        } catch (error) {
          failures.add(`${titles[name]}: ${error}`)
        }
      }
    }
    return {
      name: this.name,
      title: this.title,
      method,
      figures: toFigures(found),
      goals: [],
      failures: [...failures],
    }
  },
}

async function startOnce(name: PlainName, { connectionString }: PartContext): Promise<Started> {
  const task: StartTask = { name, connectionString, max }
  const module = new URL('./start-process.ts', import.meta.url)
  await using process = startChild<object, Started>(module, task, { isPublished: true })
  return await process.ask({}) // before it is let go
}

const measures: readonly { readonly name: string; of(started: Started): number }[] = [
  { name: 'loaded', of: ({ importMs }) => importMs },
  { name: 'first statement', of: ({ importMs, firstMs }) => importMs + firstMs },
  { name: `${max} serve`, of: ({ importMs, firstMs, allMs }) => importMs + firstMs + allMs },
]

function toFigures(found: ReadonlyMap<PlainName, readonly Started[]>): Figure[] {
  const whoServed = [...found].filter(([, started]) => started.length > 0)
  return measures.flatMap(({ name: measure, of }) =>
    whoServed.map(([name, started]) => {
      const baseline = baselineOf(name)
      const usual = found.get(baseline) ?? started
      const pairs = started.flatMap((each, n) => {
        const other = usual[n]
        return other === undefined ? [] : [of(each) / of(other)]
      })
      return {
        case: 'a fresh process',
        measure,
        unit: 'ms',
        who: titles[name],
        value: spreadOf(started.map(of)),
        ratio: spreadOf(pairs),
        baseline: titles[baseline],
      }
    }),
  )
}
