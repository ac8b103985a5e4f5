import { type ConnectionHealthMonitor, poolExhaustion } from '@hale/core'
import { AcquireTimeoutError, type PoolCounts } from '../errors.ts'
import type { Openings } from './openings.ts'

/** Publishes that a caller waited in vain, and says why. */
export function acquireTimedOut(
  waitedMs: number,
  counts: PoolCounts,
  { failures, latestError }: Pick<Openings, 'failures' | 'latestError'>,
  monitor: ConnectionHealthMonitor,
): AcquireTimeoutError {
  const at = monitor.now()
  monitor.publish({ type: 'acquire:timed-out', at, waitedMs, waiting: counts.waiting })
  if (failures > 0 && counts.leased === 0) {
    return new AcquireTimeoutError('server-down', waitedMs, counts, { cause: latestError })
  }
  monitor.sight(poolExhaustion(counts))
  return new AcquireTimeoutError('busy', waitedMs, counts)
}
