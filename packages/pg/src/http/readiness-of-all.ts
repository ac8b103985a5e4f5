import { OptionProblems } from '@hale/core'
import { gravestOf, type ManagerReadiness } from '../manager/manager-readiness.ts'
import type { Readiness } from '../snapshot.ts'

/** What says whether it can serve; a `HealthAwarePool` does. */
export interface ReadinessSource {
  readiness(): Readiness
}

/** What says so of all that it holds; a `HealthAwareConnectionManager` does. */
export interface ReadinessOverseer {
  readiness(): ManagerReadiness
}

/** One pool, several by their names, or a manager of pools. */
export type ReadinessSources =
  | ReadinessSource
  | ReadinessOverseer
  | Readonly<Record<string, ReadinessSource>>

/** The name of a lone pool: where it leads is nobody's business who may call this. */
const loneName = 'default'

/**
 * How `pools` stand, asked anew by each call. Of several pools all are needed; a manager knows by itself
 * which are.
 * @throws {OptionsError} here and not later, when `pools` holds something else
 */
export function readinessOfAll(pools: ReadinessSources): () => ManagerReadiness {
  if (isSource(pools)) {
    return () => {
      const readiness = pools.readiness()
      return 'pools' in readiness ? readiness : { ...readiness, pools: { [loneName]: readiness } }
    }
  }
  const sources = sourcesOf(pools)
  return () => {
    const each = sources.map(([name, source]) => [name, source.readiness()] as const)
    const reasons = each.map(([, { reason }]) => reason)
    const gravest = gravestOf(reasons)
    const reason = gravest ?? (reasons.includes('cold') ? 'cold' : 'ready')
    return { ready: gravest === undefined, reason, pools: Object.fromEntries(each) }
  }
}

function sourcesOf(
  pools: Exclude<ReadinessSources, ReadinessSource | ReadinessOverseer>,
): readonly (readonly [string, ReadinessSource])[] {
  const problems = new OptionProblems()
  const expected = 'a HealthAwarePool, an object of them by name, or a HealthAwareConnectionManager'
  if (typeof pools !== 'object' || pools === null) problems.fail('pools', pools, expected)
  const sources = Object.entries(pools)
  if (sources.length === 0) problems.add('pools', pools, expected)
  for (const [name, source] of sources) {
    if (!isSource(source)) problems.add(`pools.${name}`, source, 'a HealthAwarePool')
  }
  problems.throwIfAny()
  return sources
}

function isSource(value: unknown): value is ReadinessSource | ReadinessOverseer {
  if (typeof value !== 'object' || value === null) return false
  return typeof Reflect.get(value, 'readiness') === 'function'
}
