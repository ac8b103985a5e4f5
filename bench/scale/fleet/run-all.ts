import { Worker } from 'node:worker_threads'
import type { Outcome, Run } from './simulate.ts'

/** Simulates all of it on so many threads; outcomes are in the order of `runs`. */
export async function runAll(
  runs: readonly Run[],
  workers: number,
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  let next = 0
  const runOnWorker = async (): Promise<void> => {
    const worker = new Worker(new URL('./simulation-process.ts', import.meta.url))
    try {
      for (let index = next++; index < runs.length; index = next++) {
        const outcome = await ask(worker, runs[index] as Run)
        outcomes[index] = outcome
        onOutcome(outcome)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, runs.length) }, runOnWorker))
  return outcomes
}

function ask(worker: Worker, run: Run): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      act()
    }
    const onMessage = (outcome: Outcome): void => settle(() => resolve(outcome))
    const onError = (error: unknown): void => {
      const where = `${run.scenario}, ${run.variant}, seed ${run.seed}`
      settle(() => reject(new Error(`the simulation of ${where} failed`, { cause: error })))
    }
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.postMessage(run)
  })
}
