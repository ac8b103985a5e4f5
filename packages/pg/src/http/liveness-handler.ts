import { type HealthHandler, healthHandler } from './health-handler.ts'
import { listPools } from './list-pools.ts'
import { type ReadinessSources, readinessOfAll } from './readiness-of-all.ts'

/**
 * Answers 200 for as long as this process answers at all, whatever the database does. A probe that restarts
 * processes must not fail because a server is down: a restart mends nothing there, and all processes at once
 * would come back to it cold. What it does find is an event loop that stands still, as it gets no answer then.
 *
 * With `pools`, the body says how they stand, for whoever looks; the status is 200 all the same.
 *
 * @throws {OptionsError} when `pools` is something else
 */
export function livenessHandler(pools?: ReadinessSources): HealthHandler {
  if (pools === undefined) return healthHandler(() => ({ status: 200, body: { alive: true } }))
  const readiness = readinessOfAll(pools)
  return healthHandler(() => {
    const { ready, reason, pools: each } = readiness()
    return { status: 200, body: { alive: true, ready, reason, ...listPools(each) } }
  })
}
