import type { OptionProblems } from '../options/option-problems.ts'
import { OptionReader } from '../options/option-reader.ts'

/** When connections are replaced, and how many at once. */
export interface RecyclingOptions {
  /**
   * Age in ms past which a connection is not lent again; `false` for no limit. Minimum 1_000.
   * Jitter only shortens it. Checked at release and by every sweep.
   * @default 1_800_000 (30 min)
   */
  readonly maxLifetimeMs?: number | false
  /**
   * Largest share of the lifetime that jitter may take off. 0 to 0.5; 0 lets connections that were
   * opened together end together.
   * @default 0.1
   */
  readonly jitterRatio?: number
  /**
   * Largest share of the pool that statistics may evict per `evictionWindowMs`, though always at
   * least one connection. 0 to 1. Dead connections are not counted and not held back.
   * @default 0.1
   */
  readonly maxEvictedRatio?: number
  /**
   * Window in ms of `maxEvictedRatio`. 100 to 3_600_000.
   * @default 30_000
   */
  readonly evictionWindowMs?: number
  /**
   * Above this share of unhealthy connections the cause is common, so statistics evict nobody. 0 to
   * 1; 1 never holds back.
   * @default 0.5
   */
  readonly panicRatio?: number
  /**
   * When the replacement of a connection that statistics evicted is to be evicted as well, it is kept
   * for this many ms first, doubled with each eviction in a row: then the connection is hardly the
   * cause. 1_000 to 3_600_000; doubling ends at 30 min. Dead connections are not held back.
   * @default 30_000
   */
  readonly flapBackoffMs?: number
  /**
   * How many connections may exist beyond the pool's `max` while a replacement warms: 0 or 1. With 0
   * in a full pool the old connection leaves first, and a caller may have to wait for the new one.
   * @default 1
   */
  readonly overlap?: 0 | 1
  /**
   * Memory of its backend in bytes above which a connection is retired; `false` for no limit. Minimum
   * 1_048_576 (1 MiB). Checked by every sweep, where the server tells of it.
   * @default false
   */
  readonly maxBackendMemoryBytes?: number | false
}

/** {@link RecyclingOptions} with nothing left open. */
export type Recycling = Readonly<Required<RecyclingOptions>>

/** Each value with its reason. */
export const recyclingDefaults: Recycling = Object.freeze({
  maxLifetimeMs: 1_800_000, // where HikariCP and sqlx settled
  jitterRatio: 0.1, // spreads connections that were opened together over 3 min
  maxEvictedRatio: 0.1, // Envoy's max_ejection_percent: a wrong rule cannot empty the pool
  evictionWindowMs: 30_000, // time for a replacement to show whether it is any better
  panicRatio: 0.5, // when most look bad, the server or the network is bad, not they
  flapBackoffMs: 30_000, // as long as the window: a second swap may not come sooner than its budget
  overlap: 1, // replacing costs callers nothing then, and the server one connection more
  maxBackendMemoryBytes: false, // what a backend needs depends on the schema and on work_mem
} satisfies Recycling)

/**
 * The options with defaults filled in, frozen. Everything that is wrong goes to `problems` with
 * paths under `recycling`; the result is then only good for finding more problems.
 */
export function resolveRecyclingOptions(options: unknown, problems: OptionProblems): Recycling {
  const defaults = recyclingDefaults
  const share = { min: 0, max: 1 }
  const reader = new OptionReader('recycling', options, problems)
  const recycling: Recycling = {
    maxLifetimeMs: reader.numberOrOff('maxLifetimeMs', { min: 1_000 }, defaults.maxLifetimeMs),
    jitterRatio: reader.number('jitterRatio', { min: 0, max: 0.5 }, defaults.jitterRatio),
    maxEvictedRatio: reader.number('maxEvictedRatio', share, defaults.maxEvictedRatio),
    evictionWindowMs: reader.number(
      'evictionWindowMs',
      { min: 100, max: 3_600_000 },
      defaults.evictionWindowMs,
    ),
    panicRatio: reader.number('panicRatio', share, defaults.panicRatio),
    flapBackoffMs: reader.number(
      'flapBackoffMs',
      { min: 1_000, max: 3_600_000 },
      defaults.flapBackoffMs,
    ),
    overlap: reader.number('overlap', { min: 0, max: 1, integer: true }, defaults.overlap) as 0 | 1,
    maxBackendMemoryBytes: reader.numberOrOff(
      'maxBackendMemoryBytes',
      { min: 1_048_576 },
      defaults.maxBackendMemoryBytes,
    ),
  }
  reader.rejectUnknown()
  return Object.freeze(recycling)
}
