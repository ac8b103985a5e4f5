import { startChild } from '../../child.ts'
import { recordTimes } from '../../cost/record-times.ts'
import { type Round, takeTurns } from '../../interleaving.ts'
import { spreadOf } from '../../statistics.ts'
import type { Figure, PartContext, PartPlan } from '../figure.ts'
import type { WorkTask } from '../open-work.ts'
import { measureIdle } from './idle.ts'
import { cpu } from './work-part.ts'

type Way = 'client' | 'tapped' | 'recorded' | 'pool' | 'hale pool'

/** The same statement in five ways, each with one thing more than another. */
const ways: Readonly<Record<Way, Pick<WorkTask, 'name' | 'kind'>>> = {
  client: { name: 'pg-pool', kind: 'client-query' },
  tapped: { name: 'hale-pg', kind: 'client-query-unrecorded' },
  recorded: { name: 'hale-pg', kind: 'client-query' },
  pool: { name: 'pg-pool', kind: 'pool-query' },
  'hale pool': { name: 'hale-pg', kind: 'pool-query' },
}

const method =
  'Per statement: CPU on loopback, as what one way takes more than another within a round. The tap: a client that is leased all the time, from a `HealthAwarePool` whose recording was replaced by nothing, less one from pg-pool. Recording: the same with it, less without it; and by itself, in a loop over core. Lending: what is left of the difference between the pools. Per second: six processes with an idle pool at the same time, in which one thing at a time is on.'

export const overhead: PartPlan = {
  name: 'overhead',
  title: 'What of it costs how much',
  async run(context) {
    const figures = [
      ...(await perStatement(context)),
      recordFigure(await recordTimes()),
      ...(await measureIdle(context.connectionString)),
    ]
    return { name: this.name, title: this.title, method, figures, goals: [], failures: [] }
  },
}

async function perStatement({ connectionString, rounds: count }: PartContext): Promise<Figure[]> {
  const module = new URL('../work-process.ts', import.meta.url)
  const { rounds } = await takeTurns<Way>({
    names: Object.keys(ways) as Way[],
    rounds: count,
    sliceMs: 100,
    start: (way) => {
      const task: WorkTask = {
        ...ways[way],
        callers: 1,
        server: 'loopback',
        settling: 80_000,
        connectionString,
      }
      return startChild(module, task)
    },
  })
  const shared = { case: 'a statement', measure: 'per statement', unit: 'µs' }
  const more = (who: string, of: Way, less: Way): Figure => ({
    ...shared,
    who,
    value: spreadOf(rounds.map((round) => cpuIn(round, of) - cpuIn(round, less))),
  })
  const lending = (round: Round<Way>): number =>
    cpuIn(round, 'hale pool') -
    cpuIn(round, 'pool') -
    cpuIn(round, 'recorded') +
    cpuIn(round, 'client')
  return [
    {
      ...shared,
      who: 'pg-pool, for all it does',
      value: spreadOf(rounds.map((round) => cpuIn(round, 'pool'))),
    },
    more('tap', 'tapped', 'client'),
    more('record', 'recorded', 'tapped'),
    { ...shared, who: 'lending', value: spreadOf(rounds.map(lending)) },
    more('all of it', 'hale pool', 'pool'),
  ]
}

function cpuIn(round: Round<Way>, way: Way): number {
  const sample = round.get(way)
  return sample === undefined ? Number.NaN : cpu.of(sample)
}

function recordFigure(ns: readonly number[]): Figure {
  return {
    case: 'a statement',
    measure: 'by itself',
    unit: 'µs',
    who: 'record, 20 texts on 20 connections',
    value: spreadOf(ns.map((each) => each / 1_000)),
  }
}
