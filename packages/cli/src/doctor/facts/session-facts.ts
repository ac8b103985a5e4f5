/**
 * What other sessions do that concerns everybody; each list the longest first, at most eight, and `undefined`
 * where it could not be seen.
 */
export interface SessionFacts {
  /** Those that hold a transaction open and do nothing, for longer than a second. */
  readonly idleInTransaction: readonly SessionView[] | undefined
  /** Transactions that have been open for longer than a minute, idle or not. */
  readonly longTransactions: readonly SessionView[] | undefined
  readonly blocked: readonly BlockedSession[] | undefined
  /** Transactions that wait for `commit prepared`, and belong to no session. */
  readonly prepared: { readonly count: number; readonly oldestMs: number | undefined } | undefined
}

export interface SessionView {
  readonly processId: number
  readonly application: string
  readonly state: string
  /** In that state for so long. */
  readonly stateMs: number | undefined
  readonly transactionMs: number | undefined
  /** How many transactions its snapshot keeps vacuum from cleaning up after. */
  readonly xminAge: number | undefined
  /** In normal form, without literals; the last one of a session that is idle. */
  readonly statement: string | undefined
}

/** A session that waits for a lock. */
export interface BlockedSession extends SessionView {
  readonly waitingMs: number
  readonly holders: readonly SessionView[]
}
