/** What a dismissal multiplies a limit by, how far, and in which time half of it is forgotten. */
const step = 1.5
const highest = 4
const halfLifeMs = 20 * 60_000

/**
 * Times its limit that the sum of a channel may reach, so that a connection that recovers is soon
 * above suspicion.
 */
export const mostSuspicion = 2

/** A suspicion was dismissed: it takes more to suspect again. */
export function raisedCaution(caution: number): number {
  return Math.min(highest, caution * step)
}

/** What is left of it after `elapsedMs`; 1 is none. */
export function fadedCaution(caution: number, elapsedMs: number): number {
  if (caution <= 1 || !(elapsedMs > 0)) return caution
  return 1 + (caution - 1) * 2 ** (-elapsedMs / halfLifeMs)
}
