import { startChild } from '../../child.ts'
import { spreadOf } from '../../statistics.ts'
import type { Figure, PartContext, PartPlan } from '../figure.ts'
import type { WorkKind, WorkTask } from '../open-work.ts'
import { baselineOf, everyone, primary, type SpeedName, titles } from '../speed-name.ts'
import type { Allocated, AllocationQuestion } from './allocation-process.ts'
import { caseName, thousandWaiting } from './work-part.ts'

/** Slices per contender; bytes vary by next to nothing. */
const slices = 5
/** Statements per slice: what they allocate fits into the space that new objects begin in. */
const count = 2_000
const flags = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']

interface AllocationCase {
  readonly title: string
  readonly kind: WorkKind
  readonly callers: number
  readonly names: readonly SpeedName[]
}

const cases: readonly AllocationCase[] = [
  ...[1, 10, thousandWaiting].map((callers) => ({
    title: `bare pools, ${caseName(callers)}`,
    kind: 'pool-query' as const,
    callers,
    names: primary,
  })),
  { title: 'through each, 10 callers', kind: 'query', callers: 10, names: everyone },
]

export const allocation: PartPlan = {
  name: 'allocation',
  title: 'Allocated bytes per select 1, max 10, PostgreSQL',
  async run(context) {
    const figures: Figure[] = []
    const failures: string[] = []
    for (const each of cases) figures.push(...(await measureCase(each, context, failures)))
    return { name: this.name, title: this.title, method, figures, goals: [], failures }
  },
}

const method = `Memory in use after ${count.toLocaleString('en')} statements less that before, in a process with room for all of it, so that nothing is collected meanwhile (which is checked); objects of known size, measured the same way, are in the table.`

async function measureCase(
  each: AllocationCase,
  context: PartContext,
  failures: string[],
): Promise<Figure[]> {
  const found = new Map<SpeedName, readonly Allocated[]>()
  for (const name of each.names) {
    try {
      found.set(name, await measure(name, each, context))
    } catch (error) {
      failures.push(`${each.title}, ${titles[name]}: ${error}`)
    }
  }
  return [...toFigures(each, found), ...knownFigure(each, found)]
}

async function measure(
  name: SpeedName,
  { kind, callers }: AllocationCase,
  { connectionString }: PartContext,
): Promise<readonly Allocated[]> {
  const task: WorkTask = { name, kind, callers, server: 'real', settling: 20_000, connectionString }
  const module = new URL('./allocation-process.ts', import.meta.url)
  await using process = startChild<AllocationQuestion, Allocated>(module, task, { flags })
  const found: Allocated[] = []
  for (let slice = 0; slice < slices; slice += 1) found.push(await process.ask({ count }))
  return found
}

function toFigures(
  { title }: AllocationCase,
  found: ReadonlyMap<SpeedName, readonly Allocated[]>,
): Figure[] {
  return [...found].map(([name, allocated]) => {
    const baseline = baselineOf(name)
    const bytes = allocated.map(({ perUnit }) => perUnit)
    const usual = spreadOf((found.get(baseline) ?? allocated).map(({ perUnit }) => perUnit)).median
    return {
      case: title,
      measure: 'allocated',
      unit: 'B/query',
      who: titles[name],
      value: spreadOf(bytes),
      ratio: spreadOf(bytes.map((each) => each / usual)),
      baseline: titles[baseline],
    }
  })
}

/** What the method makes of objects whose size is known. */
function knownFigure(
  { title }: AllocationCase,
  found: ReadonlyMap<SpeedName, readonly Allocated[]>,
): Figure[] {
  const known = [...found.values()].flat().map(({ perKnown }) => perKnown)
  if (known.length === 0) return []
  return [
    {
      case: title,
      measure: 'known size',
      unit: 'B/object',
      who: 'an array of 100 numbers, 848 bytes',
      value: spreadOf(known),
    },
  ]
}
