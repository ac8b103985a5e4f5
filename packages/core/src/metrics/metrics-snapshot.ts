import type { EventSnapshot } from './event-counts.ts'
import type { ProbeSnapshot } from './probe-record.ts'
import type { ServerReport } from './server-report.ts'
import type { UsageSnapshot } from './usage-record.ts'

/**
 * What was measured on one connection; plain JSON, a deep copy. `undefined` is too little evidence.
 * What ends in `Total` counts since the connection was opened and only grows; what begins with
 * `recent` is decayed with a half-life of 2 min.
 */
export interface MetricsSnapshot extends EventSnapshot, ProbeSnapshot, UsageSnapshot {
  /** Time since the connection was opened. */
  readonly ageMs: number
  /** Mean of about the latest 64 statement times, for people; nothing is decided by it. */
  readonly queryMeanMs: number | undefined
  /** Quantiles of the statement times of the last minutes, half-life 60 s. */
  readonly p50Ms: number | undefined
  readonly p95Ms: number | undefined
  readonly p99Ms: number | undefined
  /** What the server last said, if that is not older than a minute, or 10 min for the memory. */
  readonly server: ServerReport | undefined
}
