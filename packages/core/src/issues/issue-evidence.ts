import type { FaultKind } from '../faults/fault.ts'
import type { BackendView } from '../metrics/backend-view.ts'
import type { ProbeKind } from '../metrics/probe-kind.ts'

/** Why a connection counts as slow. `basis` says what was found, and by what. */
export type HighLatencyEvidence =
  | {
      /** It kept losing pairs of probes that a sound connection answered at the same time. */
      readonly basis: 'duel'
      readonly probe: ProbeKind
      /** Medians over the pairs. */
      readonly suspectMs: number
      readonly referenceMs: number
      readonly pairs: number
      readonly lost: number
      readonly reference: 'peer' | 'replacement'
      /** Mean score of its latest statements: 0 is like the others, in standard deviations. */
      readonly score: number
      readonly suspicion: number
    }
  | {
      /** It stalls now and then, and the others do not. */
      readonly basis: 'stalls'
      readonly stalls: number
      readonly runs: number
      readonly suspicion: number
    }
  | {
      /** Fresh connections keep winning, and it lost against one. */
      readonly basis: 'ageing'
      readonly uses: number
      readonly ageMs: number
      /** By how much the fresh ones win on average. */
      readonly youngScore: number
      readonly suspectMs: number
      readonly referenceMs: number
      readonly pairs: number
      readonly lost: number
    }
  | {
      /** Its statements reach a static limit. */
      readonly basis: 'limit'
      readonly p95Ms: number
      readonly limitMs: number
    }

/**
 * Numbers and names that a person can check, by issue type, as plain JSON of bounded size; never
 * values or secrets, and of SQL no more than normal forms, which have none. A `limit…` is the one that
 * was reached. Counts of faults are decayed, so they have fractions.
 */
export interface IssueEvidence {
  readonly high_latency: HighLatencyEvidence
  readonly error_rate: {
    /** `channel`: more faults than the others have; `limit`: more than a static limit allows. */
    readonly basis: 'channel' | 'limit'
    readonly faults: number
    readonly attempts: number
    /** What the ratio is most likely, and at least (95 %), given these and the others. */
    readonly ratio: number
    readonly lowerRatio: number
    /** The same ratio of all other connections together. */
    readonly othersRatio: number | undefined
    readonly limitRatio: number | undefined
  }
  readonly timeouts: {
    readonly timeouts: number
    readonly attempts: number
    readonly ratio: number
    readonly lowerRatio: number
    readonly limitRatio: number
  }
  readonly deadlocks: {
    readonly deadlocks: number
    readonly perMinute: number
    readonly limitPerMinute: number
  }
  readonly disconnections: {
    readonly lostLastMinute: number
    /** Connections that the pool may have. */
    readonly max: number
    readonly limitPerMinute: number
  }
  readonly idle_in_transaction: {
    readonly idleMs: number
    readonly transactionMs: number | undefined
    readonly limitMs: number
    /** Transactions that began since its snapshot, whose dead rows vacuum has to spare. */
    readonly xminAge: number | undefined
  }
  readonly blocking: {
    /** Backends that wait for this one, and for how long the longest of them. */
    readonly blocksCount: number | undefined
    readonly blockingMs: number
    readonly limitMs: number
    /** Where in the application it was leased, as far as that was noted. */
    readonly leasedBy: string | undefined
    /** Who waits, as far as that could be seen: at most 8. */
    readonly waiters: readonly BackendView[]
  }
  readonly blocked: {
    readonly blockedMs: number
    readonly blockedByPids: readonly number[]
    readonly waitEvent: string | undefined
    readonly limitMs: number
    /** Where in the application it was leased, as far as that was noted. */
    readonly leasedBy: string | undefined
    /** Who holds what it waits for, as far as that could be seen: at most 8. */
    readonly blockers: readonly BackendView[]
  }
  readonly resource_usage: {
    readonly backendMemoryBytes: number
    readonly limitBytes: number
  }
  readonly locks_held:
    | {
        /** Too many, or for too long. */
        readonly basis: 'count'
        readonly locksHeld: number
        readonly limit: number
      }
    | {
        readonly basis: 'age'
        readonly locksHeld: number | undefined
        readonly oldestLockMs: number
        readonly limitMs: number
      }
  readonly stale_plan: { readonly sqlState: string }
  readonly stale_statistics: {
    /** Tables whose statistics are out of date, and the worst of them, as in `public.orders`. */
    readonly tables: number
    readonly worstTable: string
    readonly modifiedRows: number
    readonly liveRows: number
    /** `undefined` for never. */
    readonly analyzedAgoMs: number | undefined
  }
  readonly connection_leak: {
    readonly leasedMs: number
    /** Age of the transaction that is open on it. */
    readonly transactionMs: number | undefined
    readonly limitMs: number
    /** Where in the application it was leased, as far as that was noted. */
    readonly leasedBy: string | undefined
  }
  readonly pool_exhaustion: {
    readonly waiting: number
    readonly leased: number
    readonly max: number
  }
  readonly transaction_leak: {
    /** Transaction status at release: `T` open, `E` failed. */
    readonly status: 'T' | 'E'
    readonly leasedMs: number
    /** Where in the application it was leased, as far as that was noted. */
    readonly leasedBy: string | undefined
  }
  readonly unresponsive: {
    /** How long an answer was waited for, in ms. */
    readonly waitedMs: number
    /**
     * What was asked: an empty query before or between leases, or a statement: still running at
     * release, or lost while its caller waited for the answer.
     */
    readonly during: 'verify' | 'probe' | 'release' | 'statement'
  }
  readonly wrong_role: {
    /** Of the write that it refused; `undefined` where it said what it is. */
    readonly sqlState: string | undefined
    /** What the server last said of itself; `undefined` before PostgreSQL 14. */
    readonly inHotStandby: boolean | undefined
    /** The role that the pool wants, in libpq's terms; `any` for whichever. */
    readonly wanted: 'any' | 'primary' | 'read-write' | 'standby'
  }
  readonly server_slow: {
    /** How many times slower than usual all connections are together. */
    readonly ratio: number
    readonly sampleRuns: number
    readonly limitRatio: number
  }
  readonly server_unreachable: {
    /** Attempts to open a connection that failed in a row, and how the last one did. */
    readonly failures: number
    readonly lastError: FaultKind | undefined
    /** For how long it said nothing on any connection; `undefined` while it does say something. */
    readonly silentMs: number | undefined
  }
  readonly flapping: {
    /** Connections of this slot that were evicted one after the other. */
    readonly evictions: number
    /** For how long it is left alone. */
    readonly heldBackMs: number
  }
}
