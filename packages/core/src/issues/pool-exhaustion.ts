import type { SightingOf } from './connection-issue.ts'

/** Callers gave up waiting while every connection was in use. */
export function poolExhaustion(counts: {
  readonly waiting: number
  readonly leased: number
  readonly max: number
}): SightingOf<'pool_exhaustion'> {
  const { waiting, leased, max } = counts
  const evidence = { waiting, leased, max }
  return { type: 'pool_exhaustion', scope: 'pool', severity: 'warning', evidence }
}
