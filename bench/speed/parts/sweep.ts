import { sweepTimes } from '../../cost/sweep-times.ts'
import { spreadOf } from '../../statistics.ts'
import type { Figure, PartPlan } from '../figure.ts'

const sizes = [10, 100, 1_000]
/** Hale's default between two sweeps. */
const intervalMs = 250

export const sweep: PartPlan = {
  name: 'sweep',
  title: 'One sweep over the connections, all of them in use',
  async run() {
    const figures: Figure[] = []
    for (const connections of sizes)
      figures.push(...figuresFor(connections, await sweepTimes(connections)))
    return { name: this.name, title: this.title, method, figures, goals: [], failures: [] }
  },
}

const method =
  'The supervisor of `@hale/core` by itself, with 8,000 statements per second recorded meanwhile; four sweeps a second are the default.'

function figuresFor(connections: number, tookMs: readonly number[]): Figure[] {
  const shared = { case: `${connections.toLocaleString('en')} connections`, who: 'Hale' }
  const share = (ms: number): number => (ms / intervalMs) * 100
  return [
    { ...shared, measure: 'sweep', unit: 'µs', value: spreadOf(tookMs.map((ms) => ms * 1e3)) },
    { ...shared, measure: 'share', unit: '% of a CPU', value: spreadOf(tookMs.map(share)) },
  ]
}
