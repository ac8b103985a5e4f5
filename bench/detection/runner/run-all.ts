import { runOnWorkers } from '../../run-on-workers.ts'
import type { Outcome, Run } from './run.ts'

/**
 * Runs everything on so many threads; outcomes are in the order of `runs`. `onOutcome` hears of how many
 * are done as they come.
 */
export function runAll(
  runs: readonly Run[],
  workers: number,
  onOutcome: (done: number) => void = () => {},
): Promise<readonly Outcome[]> {
  return runOnWorkers<Run, Outcome>(runs, {
    program: new URL('./worker.ts', import.meta.url),
    workers,
    describe: ({ scenario, seed, contender }) => `the run ${scenario}:${seed}, ${contender}`,
    onOutcome: (_outcome, done) => onOutcome(done),
  })
}
