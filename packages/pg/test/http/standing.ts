import type { Readiness } from '../../src/index.ts'

export type Reason = Readiness['reason']

/** A pool that stands so. */
export function standing(reason: Reason): { readiness(): Readiness } {
  const ready = reason === 'ready' || reason === 'cold'
  return { readiness: () => ({ ready, reason }) }
}
