import type { SightingOf } from './connection-issue.ts'

/** Replacing it again and again did not help, so it is left alone for a while. */
export function flapping(evictions: number, heldBackMs: number): SightingOf<'flapping'> {
  const evidence = { evictions, heldBackMs }
  return { type: 'flapping', scope: 'connection', severity: 'warning', evidence }
}
