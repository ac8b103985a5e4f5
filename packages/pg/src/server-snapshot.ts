/** Something that cannot be seen of a server, and why. */
export interface ServerLimit {
  /** As in `backend memory`. */
  readonly fact: string
  /** As in `needs PostgreSQL 14`. */
  readonly reason: string
}

/** `unknown` is one that gives no sign of what it is. */
export type PoolerName = 'pgbouncer' | 'unknown'

/** For how long a client of the pooler keeps a backend; statement pooling counts as `transaction`. */
export type PoolMode = 'session' | 'transaction'

/**
 * What the session beside the pool does: nothing (`off`), waiting for connections to watch (`resting`),
 * `watching`, not let in or not answered (`unreachable`), or, behind a pooler, asking about nothing but
 * the server (`pooled`).
 */
export type SentinelState = 'off' | 'resting' | 'watching' | 'unreachable' | 'pooled'

/**
 * A server as far as it can be seen: what open connections were told, and what the sentinel found out.
 * What cannot be seen is `undefined`, and `limits` says why.
 */
export interface ServerSnapshot {
  readonly host: string | undefined
  readonly port: number | undefined
  /** As in `18.4`. */
  readonly version: string | undefined
  /** `undefined` before PostgreSQL 14 without a sentinel. */
  readonly inHotStandby: boolean | undefined
  readonly role: 'primary' | 'standby' | undefined
  readonly uptimeMs: number | undefined
  /** The same for a primary and its standbys. */
  readonly systemIdentifier: string | undefined
  /** One higher after each promotion. */
  readonly timeline: number | undefined
  /** Of all of the server's clients; `reserved` are those that ordinary roles cannot have. */
  readonly connections:
    | {
        readonly max: number
        readonly reserved: number
        readonly used: number
        readonly free: number
      }
    | undefined
  /** In this database, over about the latest ten intervals of the sentinel. */
  readonly deadlocksPerSecond: number | undefined
  /** Queries cancelled on a standby because of what it had to replay. */
  readonly conflictsPerSecond: number | undefined
  readonly tempBytesPerSecond: number | undefined
  /** Many that were requested, rather than due, mean that `max_wal_size` is too small for the writes. */
  readonly checkpointsPerMinute:
    | { readonly timed: number | undefined; readonly requested: number | undefined }
    | undefined
  /** How far a standby is behind, or the last of a primary's standbys. */
  readonly replicationLagMs: number | undefined
  /** Standbys that a primary feeds. */
  readonly standbys: number | undefined
  /** Active backends by what they wait for: `IO`, `Lock`, `LWLock`, …, `CPU` for nothing. */
  readonly waits: Readonly<Record<string, number>> | undefined
  /** What stands between; `undefined` for nothing that the sentinel has found. */
  readonly pooler: { readonly name: PoolerName; readonly mode: PoolMode | undefined } | undefined
  readonly sentinel: SentinelState
  readonly limits: readonly ServerLimit[]
}
