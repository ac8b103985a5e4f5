import { bounded } from '../metrics/backend-view.ts'
import { isQuantity } from '../metrics/quantity.ts'
import type { SweepVerdict } from './connection-facts.ts'
import type { ConnectionIssue, SightingOf } from './connection-issue.ts'

/** A row of `pg_stat_user_tables`. */
export interface TableStatistics {
  readonly schema: string
  readonly table: string
  /** Rows changed since it was last analysed: `n_mod_since_analyze`. */
  readonly modifiedRows: number
  /** `n_live_tup`, itself an estimate. */
  readonly liveRows: number
  /** Since it was last analysed, by whomever; `undefined` for never. */
  readonly analyzedAgoMs: number | undefined
}

// As it comes, autovacuum analyses a table when 50 rows and 10 % of it have changed. At five times
// that it should have come long ago: it is off, held up, or not keeping up.
/** Fewer changed rows hurt no plan that anybody would notice. */
const staleRows = 10_000
/** Changed rows per row. */
const staleRatio = 0.5
/** Below this share of both limits the issue ends, so that it does not flap as rows are added. */
const clearRatio = 0.5

/** PostgreSQL allows 63 bytes for the schema and 63 for the table. */
const maxNameLength = 127

/**
 * Whether the planner's statistics are out of date, so that plans may turn bad on every connection:
 * 10,000 rows and half of the table have changed since it was analysed. What raised the issue goes on
 * until that table is below half of these. Ask about the tables that matter to this pool only, and
 * about all of those each time: an empty list says that all is well. A row that holds no numbers counts
 * for nothing.
 *
 * Advisory, so `info`: it changes no status, and no fresh connection would help.
 */
export function judgeStatistics(
  tables: readonly TableStatistics[],
  open: ConnectionIssue | undefined,
): SweepVerdict {
  const known = open?.type === 'stale_statistics' ? open.evidence.worstTable : undefined
  let count = 0
  let worst: TableStatistics | undefined
  for (const table of tables) {
    const holds = isStale(table, 1)
    const lingers = known !== undefined && nameOf(table) === known && isStale(table, clearRatio)
    if (!holds && !lingers) continue
    count += 1
    if (worst === undefined || ratioOf(table) > ratioOf(worst)) worst = table
  }
  if (worst === undefined) return open === undefined ? undefined : 'over'
  return sighting(count, worst)
}

function isStale({ modifiedRows, liveRows }: TableStatistics, share: number): boolean {
  if (!isQuantity(modifiedRows) || !isQuantity(liveRows)) return false
  return modifiedRows >= share * staleRows && modifiedRows >= share * staleRatio * liveRows
}

function ratioOf({ modifiedRows, liveRows }: TableStatistics): number {
  return modifiedRows / Math.max(1, liveRows)
}

function nameOf({ schema, table }: TableStatistics): string {
  return bounded(`${schema}.${table}`, maxNameLength)
}

function sighting(tables: number, worst: TableStatistics): SightingOf<'stale_statistics'> {
  const { modifiedRows, liveRows, analyzedAgoMs } = worst
  const evidence = { tables, worstTable: nameOf(worst), modifiedRows, liveRows, analyzedAgoMs }
  return { type: 'stale_statistics', scope: 'server', severity: 'info', evidence }
}
