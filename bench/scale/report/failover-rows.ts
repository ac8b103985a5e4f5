import type { FleetFound, Range } from '../fleet/summarise.ts'
import { count, seconds } from './words.ts'

/** One line of the tables about a failover. */
export interface FailoverRow {
  readonly name: string
  readonly rangeIn: (fleet: FleetFound) => Range
  readonly render: (value: number | null) => string
}

export const failoverRows: readonly FailoverRow[] = [
  row('attempts per second at most, while it is down', (fleet) => fleet.peakWhileDown, count),
  row('attempts per second at most, once it is back', (fleet) => fleet.peakOnceBack, count),
  row('attempts in all', (fleet) => fleet.attempts, count),
  row('logins', (fleet) => fleet.logins, count),
  row('logins refused as one too many', (fleet) => fleet.tooMany, count),
  row('sessions at most', (fleet) => fleet.mostSessions, count),
  row('half of the instances serve after', (fleet) => fleet.half, seconds),
  row('90 % of them', (fleet) => fleet.nineTenths, seconds),
  row('99 % of them', (fleet) => fleet.ninetyNine, seconds),
  row('all of them', (fleet) => fleet.all, seconds),
  row('callers who failed', (fleet) => fleet.failures, count),
  row('longest time until a caller was told', (fleet) => fleet.longestMs, seconds),
  row('callers who were told nothing', (fleet) => fleet.untold, count),
]

function row(
  name: string,
  rangeIn: FailoverRow['rangeIn'],
  render: FailoverRow['render'],
): FailoverRow {
  return { name, rangeIn, render }
}
