import { BugError } from '../errors.ts'
import type { Limit } from '../options/threshold-options.ts'
import type { IssueSeverity } from './connection-issue.ts'

/** Below this share of the limit that raised it an issue ends, so that none flaps around one. */
const clearRatio = 0.8

/**
 * What a value means for the issue of its limit, whose severity is `open` while it is open: a
 * severity to raise or renew it with, `over`, or `undefined` for leaving it as it is.
 */
export function judgeLimit(
  value: number,
  limit: Limit,
  open: IssueSeverity | undefined,
): 'warning' | 'critical' | 'over' | undefined {
  const { warning, critical } = limit
  if (holds(value, critical, open === 'critical')) {
    return reaches(value, critical) ? 'critical' : undefined
  }
  if (holds(value, warning, open !== undefined)) {
    return reaches(value, warning) || open === 'critical' ? 'warning' : undefined
  }
  return open === undefined ? undefined : 'over'
}

/** The limit that raised an issue of this severity. */
export function limitOf(limit: Limit, severity: 'warning' | 'critical'): number {
  const value = limit[severity]
  if (value === false) throw new BugError(`a ${severity} without a limit`)
  return value
}

/** Whether nothing can be raised by it. */
export function isOff({ warning, critical }: Limit): boolean {
  return warning === false && critical === false
}

function holds(value: number, limit: number | false, isOpen: boolean): boolean {
  return limit !== false && value >= (isOpen ? clearRatio * limit : limit)
}

function reaches(value: number, limit: number | false): boolean {
  return holds(value, limit, false)
}
