import type { CheckedPool } from '../pool-checks.ts'

/** A row as the adapter gives it back: column by name. */
export type ConformanceRow = Readonly<Record<string, unknown>>

/** The part of a HealthAwarePool that the suite uses; testkit does not depend on `@hale/pg`. */
export interface ConformancePool extends CheckedPool {
  on(event: 'acquire', listener: (client: object) => void): unknown
  on(event: 'release', listener: (error: unknown, client: object) => void): unknown
  end(): Promise<void>
}

/** Options of the pool that `open` makes; a HealthAwarePool takes them as they are. */
export interface ConformancePoolSettings {
  readonly connectionString: string
  /** Sets the search path to the schema of the suite. */
  readonly options: string
  readonly max: number
  readonly connectionTimeoutMillis: number
  readonly query_timeout?: number
  readonly endTimeoutMs?: number
}

/** Settings that every adapter's transactions know. */
export interface ConformanceTransactionSettings {
  readonly isolationLevel?: 'serializable'
  readonly accessMode?: 'read only'
}

/** The inside of a transaction. */
export interface ConformanceTransaction {
  query(sql: string): Promise<readonly ConformanceRow[]>
  /** A savepoint: rolled back when `use` rejects, and only then. */
  nested?<Result>(use: (transaction: ConformanceTransaction) => Promise<Result>): Promise<Result>
}

/** What is done in a transaction. */
export type ConformanceUse<Result> = (transaction: ConformanceTransaction) => Promise<Result>

/** The same as in `ConformanceSubject`, under a signal and with one strategy for what runs when it aborts. */
export interface ConformanceAbortable {
  query(sql: string, signal: AbortSignal): Promise<readonly ConformanceRow[]>
  /** The signal has to abort what waits or runs in it. */
  transaction?<Result>(use: ConformanceUse<Result>, signal: AbortSignal): Promise<Result>
  stream?(sql: string, chunkSize: number, signal: AbortSignal): AsyncIterable<ConformanceRow>
}

/** What an adapter makes on one pool of its own. */
export interface ConformanceSubject {
  readonly pool: ConformancePool
  /** Runs one statement, outside of a transaction. */
  query(sql: string): Promise<readonly ConformanceRow[]>
  transaction<Result>(
    use: ConformanceUse<Result>,
    settings?: ConformanceTransactionSettings,
  ): Promise<Result>
  /** Rows one by one, read in chunks. */
  stream?(sql: string, chunkSize: number): AsyncIterable<ConformanceRow>
  /** One for each name of `ConformanceAdapter.aborts`. */
  abortable?(strategy: string): ConformanceAbortable
  /** What a user calls at the end, such as `db.destroy()`. The suite ends the pool if this does not. */
  close(): Promise<void>
}

/** A way to abort what runs. */
export interface ConformanceAbortStrategy {
  readonly name: string
  /** Whether the server is told, so that the statement ends there as well. */
  readonly cancels: boolean
  /** Whether it also aborts a transaction that waits for a slot. @default false */
  readonly queued?: boolean
}

/** A library on a HealthAwarePool, as the conformance suite sees it. What is absent is skipped by name. */
export interface ConformanceAdapter {
  readonly name: string
  /** `hooks` holds functions by the names in `hooks` below; they may reject. */
  open(
    settings: ConformancePoolSettings,
    hooks: Readonly<Record<string, () => Promise<void>>>,
  ): ConformanceSubject
  readonly nests?: boolean
  /** Whether it rolls savepoints back itself, so that nobody else hears that one could not be. */
  readonly ownsSavepoints?: boolean
  readonly streams?: boolean
  readonly aborts?: readonly ConformanceAbortStrategy[]
  /** Hooks that run before a connection is used. */
  readonly hooks?: readonly string[]
  /**
   * Tells the error of a COMMIT that was answered by ROLLBACK.
   * @default its code is HALE_TRANSACTION_ABORTED
   */
  isTransactionAborted?(error: unknown): boolean
}
