import { monitorEventLoopDelay } from 'node:perf_hooks'
import { answerParent, taskOfParent } from '../child.ts'
import type { Sample } from '../scenario.ts'
import { measureSlice, type SliceQuestion } from '../slice.ts'
import { openWork, type WorkTask } from './open-work.ts'

const task = taskOfParent<WorkTask>()
const { warm, run, close } = await openWork(task)
await run(task.settling)
answerParent(task.isLoopWatched ? watchSlice : runSlice, close)

async function runSlice({ count }: SliceQuestion): Promise<Sample> {
  await warm()
  return measureSlice(count, run)
}

/** Looks every millisecond how late the event loop is. */
async function watchSlice({ count }: SliceQuestion): Promise<Sample> {
  await warm()
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  const sample = await measureSlice(count, run)
  delays.disable()
  return { ...sample, delayP99Ms: delays.percentile(99) / 1e6, delayMs: delays.mean / 1e6 }
}
