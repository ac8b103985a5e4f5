import type { HealthAwarePoolOptions } from '@hale/pg'
import { type Child, startChild } from '../../child.ts'
import { spreadOf } from '../../statistics.ts'
import type { Figure } from '../figure.ts'
import type { IdleQuestion, IdleTask } from './idle-process.ts'

const connections = 20
const slices = 8
const sliceMs = 4_000

/** The longest interval there is, in place of none. */
const rarely = 60_000
const quiet = { probeIntervalMs: false, memoryIntervalMs: false } as const

type Variant = 'pg-pool' | 'still' | 'swept' | 'probed' | 'watched' | 'all'

/** Pools in which one thing at a time is on. Probes are begun by sweeps. */
const variants: Readonly<Record<Variant, Pick<IdleTask, 'name' | 'options'>>> = {
  'pg-pool': { name: 'pg-pool', options: {} },
  still: hale({ health: { ...quiet, sweepIntervalMs: rarely }, sentinel: false }),
  swept: hale({ health: quiet, sentinel: false }),
  probed: hale({ health: { memoryIntervalMs: false }, sentinel: false }),
  watched: hale({ health: quiet }),
  all: hale({}),
}

function hale(options: HealthAwarePoolOptions): Pick<IdleTask, 'name' | 'options'> {
  return { name: 'hale-pg', options }
}

/** Each part, as what one pool takes more than another in the same seconds. */
const parts: readonly { readonly who: string; readonly of: Variant; readonly less: Variant }[] = [
  { who: 'timers of a pool that does nothing', of: 'still', less: 'pg-pool' },
  { who: 'sweep', of: 'swept', less: 'still' },
  { who: 'probes', of: 'probed', less: 'swept' },
  { who: 'sentinel', of: 'watched', less: 'swept' },
  { who: 'all of it', of: 'all', less: 'pg-pool' },
]

/** What an idle pool takes per second for each of the things that it does by itself. */
export async function measureIdle(connectionString: string): Promise<Figure[]> {
  const names = Object.keys(variants) as Variant[]
  await using all = new AsyncDisposableStack()
  const pools = names.map((name) => [name, all.use(startIdle(name, connectionString))] as const)
  const rounds: ReadonlyMap<Variant, number>[] = []
  for (let slice = 0; slice < slices; slice += 1) {
    const answers = pools.map(
      async ([name, pool]) => [name, await pool.ask({ ms: sliceMs })] as const,
    )
    rounds.push(new Map(await Promise.all(answers)))
  }
  const used = (round: ReadonlyMap<Variant, number>, name: Variant): number =>
    round.get(name) ?? Number.NaN
  const shared = { case: `idle pool of ${connections}`, measure: 'per second', unit: 'µs/s' }
  return [
    {
      ...shared,
      who: 'pg-pool, for all it does',
      value: spreadOf(rounds.map((round) => used(round, 'pg-pool'))),
    },
    ...parts.map(({ who, of, less }) => ({
      ...shared,
      who,
      value: spreadOf(rounds.map((round) => used(round, of) - used(round, less))),
    })),
  ]
}

function startIdle(variant: Variant, connectionString: string): Child<IdleQuestion, number> {
  const { name, options } = variants[variant]
  const task: IdleTask = { name, connections, options: { ...options, connectionString } }
  return startChild(new URL('./idle-process.ts', import.meta.url), task)
}
