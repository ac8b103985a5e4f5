import type { Spread } from './database-facts.ts'

/** Not counted: caches fill, and TCP finds its pace. */
const WARM_UP = 5

/** Times `run` one at a time. */
export async function timeRoundTrips(run: () => Promise<void>, samples: number): Promise<Spread> {
  for (let round = 0; round < WARM_UP; round += 1) await run()
  const tookMs: number[] = []
  for (let round = 0; round < samples; round += 1) {
    const startedAt = performance.now()
    await run()
    tookMs.push(performance.now() - startedAt)
  }
  return spreadOf(tookMs)
}

/** The spread of at least one sample. */
function spreadOf(tookMs: readonly number[]): Spread {
  const sorted = [...tookMs].sort((one, other) => one - other)
  const at = (ratio: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] ?? 0
  return { samples: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) }
}
