import type { Readiness } from '../snapshot.ts'

/** Pools that a body names: a manager may have one for each of thousands of tenants. */
const maxPools = 100
/** Characters of a name. */
const maxNameLength = 100

/** Pools as they stand, for a body: those first that cannot serve, and how many more there are. */
export interface ListedPools {
  readonly pools: Readonly<Record<string, Readiness>>
  readonly poolsOmitted?: number
}

export function listPools(pools: Readonly<Record<string, Readiness>>): ListedPools {
  const all = Object.entries(pools)
  const shown =
    all.length <= maxPools
      ? all
      : [...all.filter(([, each]) => !each.ready), ...all.filter(([, each]) => each.ready)]
  const listed = shown
    .slice(0, maxPools)
    .map(([name, each]) => [name.slice(0, maxNameLength), each])
  const poolsOmitted = all.length - listed.length
  return { pools: Object.fromEntries(listed), ...(poolsOmitted > 0 && { poolsOmitted }) }
}
