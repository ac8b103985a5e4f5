import type { OptionProblems } from './option-problems.ts'
import type { NumberRange, OptionReader } from './option-reader.ts'

/** Where a static limit raises an issue. Reaching it is enough; it clears below 80 % of it. */
export interface LimitOptions {
  /** From here on a warning, which makes a connection `degraded`; `false` for never. */
  readonly warning?: number | false
  /** From here on critical, which makes a connection `unhealthy`; not below `warning`. */
  readonly critical?: number | false
}

/** {@link LimitOptions} with nothing left open. */
export type Limit = Readonly<Required<LimitOptions>>

/**
 * Static limits on one connection, and one on the pool. They are for what is wrong by itself,
 * whatever the other connections do; what is only worse than the others is found without them.
 */
export interface ThresholdOptions {
  /**
   * 95th percentile of the statement times in ms, half-life 60 s, from 20 statements on.
   * 0.01 to 3_600_000.
   * @default { warning: false, critical: false }
   */
  readonly latencyMs?: LimitOptions
  /**
   * Share of the statements with a fault against the connection, 0..1. The lower bound of what the
   * sample allows counts (5 % quantile of a posterior), from 32 statements and 3 faults on, so a
   * small sample proves nothing. 0.0001 to 1.
   * @default { warning: 0.01, critical: false }
   */
  readonly errorRatio?: LimitOptions
  /**
   * Share of the statements that ran into a timeout (lock, statement, query, transaction), 0..1,
   * by the same lower bound. 0.0001 to 1.
   * @default { warning: 0.05, critical: false }
   */
  readonly timeoutRatio?: LimitOptions
  /**
   * Deadlocks per minute, half-life 2 min. 0.01 to 1_000_000.
   * @default { warning: 1, critical: false }
   */
  readonly deadlocksPerMinute?: LimitOptions
  /**
   * How long in ms an open transaction has had nothing to do. 1 to 86_400_000.
   * @default { warning: 10_000, critical: 300_000 }
   */
  readonly idleInTransactionMs?: LimitOptions
  /**
   * How long in ms the backend has waited for a lock that another one holds. 1 to 86_400_000.
   * @default { warning: 5_000, critical: 60_000 }
   */
  readonly blockedMs?: LimitOptions
  /**
   * How long in ms the longest has waited of those that wait for this backend. 1 to 86_400_000.
   * @default { warning: 5_000, critical: 60_000 }
   */
  readonly blockingMs?: LimitOptions
  /**
   * Locks that the backend holds. 1 to 1_000_000_000, whole.
   * @default { warning: 1_000, critical: 4_000 }
   */
  readonly locksHeld?: LimitOptions
  /**
   * How long in ms the backend has held the oldest of its locks. 1 to 86_400_000.
   * @default { warning: 300_000, critical: false }
   */
  readonly lockHeldMs?: LimitOptions
  /**
   * Memory in bytes that the backend has allocated for itself. 1 and above, whole.
   * @default { warning: 268_435_456 (256 MiB), critical: 1_073_741_824 (1 GiB) }
   */
  readonly backendMemoryBytes?: LimitOptions
  /**
   * How long in ms the connection has been lent; past it counts as a leak. 1 to 86_400_000.
   * @default { warning: false, critical: false }
   */
  readonly leasedMs?: LimitOptions
  /**
   * Connections of the pool that were lost in the last minute. 0.01 to 1_000_000.
   * @default { warning: 3, critical: false }
   */
  readonly disconnectionsPerMinute?: LimitOptions
}

/** {@link ThresholdOptions} with nothing left open. */
export type Thresholds = Readonly<Record<keyof ThresholdOptions, Limit>>

function limit(warning: number | false, critical: number | false): Limit {
  return Object.freeze({ warning, critical })
}

/** Each value with its reason. */
export const thresholdDefaults: Thresholds = Object.freeze({
  latencyMs: limit(false, false), // it mostly measures which statements a connection drew
  errorRatio: limit(0.01, false), // a sound one has none; the error channel says what is critical
  timeoutRatio: limit(0.05, false), // one in twenty is felt; the statements are to blame, or a lock
  deadlocksPerMinute: limit(1, false), // bad luck is rarer; the order of locks is at fault
  idleInTransactionMs: limit(10_000, 300_000), // no request takes 10 s; after 5 min nobody is there
  blockedMs: limit(5_000, 60_000), // five times deadlock_timeout: it is no deadlock, so it may last
  blockingMs: limit(5_000, 60_000), // the other end of the same wait
  locksHeld: limit(1_000, 4_000), // as it comes, PostgreSQL's table holds 6_400 for everybody
  lockHeldMs: limit(300_000, false), // vacuum and DDL wait for as long; a report may have to
  backendMemoryBytes: limit(256 * 2 ** 20, 2 ** 30), // caches take tens of MiB; 20 of 1 GiB, a host
  leasedMs: limit(false, false), // a batch may hold one for hours: nothing fits every application
  disconnectionsPerMinute: limit(3, false), // one is an accident, three are a pattern
} satisfies Thresholds)

const share: NumberRange = { min: 0.0001, max: 1 }
const duration: NumberRange = { min: 1, max: 86_400_000 }
const rate: NumberRange = { min: 0.01, max: 1_000_000 }

const ranges: Readonly<Record<keyof ThresholdOptions, NumberRange>> = {
  latencyMs: { min: 0.01, max: 3_600_000 },
  errorRatio: share,
  timeoutRatio: share,
  deadlocksPerMinute: rate,
  idleInTransactionMs: duration,
  blockedMs: duration,
  blockingMs: duration,
  locksHeld: { min: 1, max: 1_000_000_000, integer: true },
  lockHeldMs: duration,
  backendMemoryBytes: { min: 1, integer: true },
  leasedMs: duration,
  disconnectionsPerMinute: rate,
}

/**
 * The thresholds with defaults filled in, frozen. Everything that is wrong goes to `problems`, with
 * paths under `path`.
 */
export function resolveThresholds(
  reader: OptionReader,
  path: string,
  problems: OptionProblems,
): Thresholds {
  const names = Object.keys(thresholdDefaults) as readonly (keyof ThresholdOptions)[]
  const resolved: Record<string, Limit> = {}
  for (const name of names) {
    resolved[name] = resolveLimit(reader.section(name), name, `${path}.${name}`, problems)
  }
  reader.rejectUnknown()
  return Object.freeze(resolved) as Thresholds
}

function resolveLimit(
  reader: OptionReader,
  name: keyof ThresholdOptions,
  path: string,
  problems: OptionProblems,
): Limit {
  const defaults = thresholdDefaults[name]
  const warning = reader.numberOrOff('warning', ranges[name], defaults.warning)
  const critical = reader.numberOrOff('critical', ranges[name], defaults.critical)
  reader.rejectUnknown()
  if (warning !== false && critical !== false && critical < warning) {
    problems.add(`${path}.critical`, critical, `at least ${path}.warning (${warning}), or false`)
  }
  return limit(warning, critical)
}
