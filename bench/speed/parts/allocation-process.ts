import { setTimeout as pause } from 'node:timers/promises'
import { GCProfiler } from 'node:v8'
import { answerParent, taskOfParent } from '../../child.ts'
import { openWork, type WorkTask } from '../open-work.ts'

/** So many statements, from whose beginning to whose end nothing is collected. */
export interface AllocationQuestion {
  readonly count: number
}

/** Bytes that were allocated, on the heap and beside it; and those of an object of known size by the same means. */
export interface Allocated {
  readonly perUnit: number
  /** Of an array of 100 numbers, which takes `knownBytes`. */
  readonly perKnown: number
}

/** An array's head, its elements' head, and 8 bytes for each of 100 elements. */
export const knownBytes: number = 32 + 16 + 8 * 100

const task = taskOfParent<WorkTask>()
const { run, close } = await openWork(task)
await run(task.settling)
const kept: unknown[] = []
await knownWork(20_000)
answerParent<AllocationQuestion, Allocated>(async ({ count }) => {
  const perKnown = await allocatedBy(() => knownWork(count))
  const perUnit = await allocatedBy(() => run(count))
  return { perUnit: perUnit / count, perKnown: perKnown / count }
}, close)

/**
 * What is in use afterwards and was not before. As the process has room for all of it, nothing is collected
 * meanwhile, so that this is what was allocated, to the byte.
 * @throws {Error} when something was collected all the same
 */
async function allocatedBy(work: () => Promise<void>): Promise<number> {
  await collectAll()
  const profiler = new GCProfiler()
  profiler.start()
  const before = inUse()
  await work()
  const after = inUse()
  const { statistics } = profiler.stop()
  if (statistics.length > 0)
    throw new Error('something was collected: the young space is too small')
  return after - before
}

/** Buffers are freed a while after they were found dead. */
async function collectAll(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.()
    await pause(20)
  }
}

async function knownWork(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) kept[0] = new Array(100).fill(n)
}

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
