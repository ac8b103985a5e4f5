import {
  type ManagerReadiness,
  type UnreadyReason,
  unreadyReasons,
} from '../manager/manager-readiness.ts'
import { type HealthAnswer, type HealthHandler, healthHandler } from './health-handler.ts'
import { listPools } from './list-pools.ts'
import {
  type ReadinessHandlerOptions,
  type ReadinessHandling,
  resolveReadinessHandlerOptions,
} from './readiness-handler-options.ts'
import { type ReadinessSources, readinessOfAll } from './readiness-of-all.ts'

/**
 * Answers whether this process can serve requests that need the database: 200, or 503 with the reason, and
 * `{ ready, reason, pools }` as JSON. Says what `readiness()` says, so that it takes no slot, sends nothing
 * to the server and never waits: it answers while every connection is lent and while the server is down.
 *
 * Meant for what takes a process out of the rotation (a readiness probe, a load balancer), and not for what
 * restarts it: see {@link livenessHandler}.
 *
 * @throws {OptionsError} that names every problem with the options, or with `pools`
 */
export function readinessHandler(
  pools: ReadinessSources,
  options?: ReadinessHandlerOptions,
): HealthHandler {
  const handling = resolveReadinessHandlerOptions(options)
  const readiness = readinessOfAll(pools)
  return healthHandler(() => toAnswer(readiness(), handling))
}

function toAnswer(readiness: ManagerReadiness, handling: ReadinessHandling): HealthAnswer {
  const isStopping = handling.stopping?.aborted === true
  const reason = isStopping ? 'stopping' : readiness.reason
  const ready = !isStopping && (readiness.ready || !counts(readiness.reason, handling.unreadyFrom))
  const body = { ready, reason, ...(handling.listPools && listPools(readiness.pools)) }
  if (ready || handling.retryAfterMs === false) return { status: ready ? 200 : 503, body }
  const seconds = Math.ceil(handling.retryAfterMs / 1_000)
  return { status: 503, body, headers: { 'retry-after': String(seconds) } }
}

function counts(reason: ManagerReadiness['reason'], mildest: UnreadyReason): boolean {
  const reasons: readonly string[] = unreadyReasons
  return reasons.indexOf(reason) <= reasons.indexOf(mildest)
}
