import { playRound, type Round } from './round.ts'

/**
 * The longest round, ms. A longer run consists of several, each with servers, a pool and a history of its own:
 * memory stays bounded, and what went wrong can be played again without what came before it.
 */
const longestRoundMs = 60_000

/** The rounds of a run: the first has the seed, each further one the next. */
export function planRounds(
  seed: number,
  durationMs: number,
): readonly { readonly seed: number; readonly durationMs: number }[] {
  const count = Math.ceil(durationMs / longestRoundMs)
  return Array.from({ length: count }, (_, n) => {
    const leftMs = durationMs - n * longestRoundMs
    return { seed: seed + n, durationMs: Math.min(longestRoundMs, leftMs) }
  })
}

/** Plays them one after the other. */
export async function* playRounds(seed: number, durationMs: number): AsyncGenerator<Round> {
  for (const round of planRounds(seed, durationMs)) yield await playRound(round)
}
