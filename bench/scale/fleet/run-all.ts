import { runOnWorkers } from '../../run-on-workers.ts'
import type { Outcome, Run } from './simulate.ts'

/** Simulates all of it on so many threads; outcomes are in the order of `runs`. */
export function runAll(
  runs: readonly Run[],
  workers: number,
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  return runOnWorkers(runs, {
    program: new URL('./simulation-process.ts', import.meta.url),
    workers,
    describe: ({ scenario, variant, seed }) =>
      `the simulation of ${scenario}, ${variant}, seed ${seed}`,
    onOutcome,
  })
}
