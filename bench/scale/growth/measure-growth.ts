import { setTimeout as pause } from 'node:timers/promises'
import { quantile } from '../../statistics.ts'
import { recordCost, retainedBy, sweepCost, trafficCost } from './core-costs.ts'
import { fitExponent, type Growth } from './fit.ts'
import { poolCost } from './pool-costs.ts'

/** Open connections of one pool. */
const connectionCounts = [10, 30, 100, 300, 1_000] as const
/** Statements per second of one pool. */
const statementRates = [10, 100, 1_000, 10_000, 100_000] as const

/** Sizes take turns in so many rounds, so that what else the machine does hits all of them. */
const ROUNDS = 5

interface Question {
  readonly name: string
  readonly by: Growth['by']
  readonly unit: string
}

const questions = {
  sweep: { name: 'a sweep', by: 'connections', unit: 'ms' },
  memory: { name: 'memory retained', by: 'connections', unit: 'KiB' },
  record: { name: 'recording a statement', by: 'connections', unit: 'ns' },
  lease: { name: 'connect and release', by: 'connections', unit: 'µs' },
  query: { name: 'pool.query', by: 'connections', unit: 'µs' },
  trafficRecord: { name: 'recording a statement', by: 'statements per second', unit: 'ns' },
  trafficWhole: { name: 'a statement, sweeps included', by: 'statements per second', unit: 'ns' },
} as const satisfies Readonly<Record<string, Question>>

type QuestionName = keyof typeof questions

/** Measures what watching costs, with real CPU, at every size. @throws {Error} without --expose-gc */
export async function measureGrowth(rounds: number = ROUNDS): Promise<readonly Growth[]> {
  const costs = new Map<QuestionName, Map<number, number[]>>()
  let round = -1 // the first one compiles, and is not counted
  const note = (name: QuestionName, size: number, cost: number): void => {
    if (round < 0) return
    const bySize = costs.get(name) ?? new Map<number, number[]>()
    costs.set(name, bySize)
    bySize.set(size, [...(bySize.get(size) ?? []), cost])
  }
  for (; round < rounds; round++) {
    for (const size of connectionCounts) {
      note('sweep', size, sweepCost(size))
      note('record', size, recordCost(size))
      if (round === 0) note('memory', size, await retainedBy(size)) // it is no matter of chance
      const { leaseUs, queryUs } = await poolCost(size)
      note('lease', size, leaseUs)
      note('query', size, queryUs)
      await pause(0)
    }
    for (const rate of statementRates) {
      const { recordNs, wholeNs } = trafficCost(rate)
      note('trafficRecord', rate, recordNs)
      note('trafficWhole', rate, wholeNs)
      await pause(0)
    }
  }
  return [...costs].map(([name, bySize]) => growthOf(questions[name], bySize))
}

function growthOf(question: Question, bySize: ReadonlyMap<number, readonly number[]>): Growth {
  const points = [...bySize].map(([size, costs]) => ({
    size,
    cost: quantile(
      costs.toSorted((a, b) => a - b),
      0.5,
    ),
  }))
  return { ...question, points, exponent: fitExponent(points) }
}
