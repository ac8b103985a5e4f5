import { parentPort } from 'node:worker_threads'
import { type Run, runOnce } from './run.ts'

parentPort?.on('message', (run: Run) => {
  parentPort?.postMessage(runOnce(run))
})
