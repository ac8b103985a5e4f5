import type { TableStatistics } from '@hale/core'
import type { SentinelQuestion, TextRow } from './session.ts'

/** Tables that are looked at, those with the most changes first. */
const maxTables = 200

/** Rows changed below which nothing is concluded, nor ends. */
const leastModified = 1_000

export const statisticsQuestion: SentinelQuestion = {
  text: `select t.schemaname as schema, t.relname as "table", t.n_mod_since_analyze as modified,
    t.n_live_tup as live,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()
      - greatest(t.last_analyze, t.last_autoanalyze)) * 1000 as analyzed_ago_ms
  from pg_catalog.pg_stat_user_tables as t
  where t.n_mod_since_analyze >= ${leastModified}
  order by t.n_mod_since_analyze desc limit ${maxTables}`,
}

export function readStatistics(rows: readonly TextRow[]): readonly TableStatistics[] {
  return rows.map((row) => ({
    schema: row['schema'] ?? '',
    table: row['table'] ?? '',
    modifiedRows: Number(row['modified']),
    liveRows: Number(row['live']),
    analyzedAgoMs: row['analyzed_ago_ms'] === null ? undefined : Number(row['analyzed_ago_ms']),
  }))
}
