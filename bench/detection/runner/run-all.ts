import { Worker } from 'node:worker_threads'
import type { Outcome, Run } from './run.ts'

/**
 * Runs everything on so many threads; outcomes are in the order of `runs`. `onOutcome` hears of each
 * as it comes.
 */
export async function runAll(
  runs: readonly Run[],
  workers: number,
  onOutcome: (done: number) => void = () => {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  let next = 0
  let done = 0
  const runOnWorker = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url))
    try {
      for (let index = next++; index < runs.length; index = next++) {
        outcomes[index] = await ask(worker, runs[index])
        done += 1
        onOutcome(done)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, runs.length) }, runOnWorker))
  return outcomes
}

function ask(worker: Worker, run: Run | undefined): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      act()
    }
    const onMessage = (outcome: Outcome): void => settle(() => resolve(outcome))
    const onError = (error: unknown): void => {
      const where = `${run?.scenario}:${run?.seed}, ${run?.contender}`
      settle(() => reject(new Error(`the run ${where} failed`, { cause: error })))
    }
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.postMessage(run)
  })
}
