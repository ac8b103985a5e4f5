// A thread of its own for simulations, because clocks and chance are the thread's while one runs.
import { parentPort } from 'node:worker_threads'
import { type Run, simulate } from './simulate.ts'

parentPort?.on('message', (run: Run) => {
  void simulate(run).then((outcome) => parentPort?.postMessage(outcome))
})
