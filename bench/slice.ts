import type { Sample } from './scenario.ts'

/** One slice of work to be measured. */
export interface SliceQuestion {
  readonly count: number
}

/** Share of a slice's work that is done before it. */
const warmUpRatio = 0.2

/**
 * Does the work `count` times and measures it, a fifth of that before, which is not measured: others ran
 * meanwhile, whose code and data fill the caches.
 */
export async function measureSlice(
  count: number,
  run: (count: number) => Promise<void>,
  batch = 1,
): Promise<Sample> {
  await run(batch * Math.ceil((count * warmUpRatio) / batch))
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await run(count)
  const wallMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return { count, wallMs, cpuMs: (user + system) / 1e3 }
}
