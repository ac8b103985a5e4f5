import { Worker } from 'node:worker_threads'

/** Work that threads of one program do, one message after the other. */
export interface ThreadedWork<Task, Outcome> {
  /** Answers each message with one. */
  readonly program: URL
  readonly workers: number
  /** For the error of a task that failed. */
  describe(task: Task): string
  /** Hears of each outcome as it comes, and of how many there are. */
  onOutcome?(outcome: Outcome, done: number): void
}

/** Does all of it on so many threads; outcomes are in the order of `tasks`. */
export async function runOnWorkers<Task, Outcome>(
  tasks: readonly Task[],
  work: ThreadedWork<Task, Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  let next = 0
  let done = 0
  const runOnWorker = async (): Promise<void> => {
    const worker = new Worker(work.program)
    try {
      for (let index = next++; index < tasks.length; index = next++) {
        const outcome = await ask(worker, tasks[index] as Task, work)
        outcomes[index] = outcome
        done += 1
        work.onOutcome?.(outcome, done)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(work.workers, tasks.length) }, runOnWorker))
  return outcomes
}

function ask<Task, Outcome>(
  worker: Worker,
  task: Task,
  { describe }: ThreadedWork<Task, Outcome>,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      act()
    }
    const onMessage = (outcome: Outcome): void => settle(() => resolve(outcome))
    const onError = (error: unknown): void => {
      settle(() => reject(new Error(`${describe(task)} failed`, { cause: error })))
    }
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.postMessage(task)
  })
}
