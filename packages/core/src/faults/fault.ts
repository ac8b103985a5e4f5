/**
 * Whom a fault blames. Only `connection`, `role` and `plan` count against the connection that met
 * it. `unknown` means that nothing is known about the error, so it counts against nobody.
 */
export type FaultScope = 'statement' | 'connection' | 'server' | 'role' | 'plan' | 'unknown'

/** What went wrong, in the words of the application rather than of the protocol. */
export type FaultKind =
  | 'constraint_violation'
  | 'invalid_statement'
  | 'invalid_data'
  | 'insufficient_privilege'
  | 'authentication_failed'
  | 'unknown_database'
  | 'deadlock'
  | 'serialization_failure'
  | 'lock_timeout'
  | 'statement_timeout'
  | 'query_timeout'
  | 'query_cancelled'
  | 'transaction_state'
  | 'transaction_timeout'
  | 'commit_unknown'
  | 'connection_lost'
  | 'connection_refused'
  | 'connection_timeout'
  | 'host_unknown'
  | 'protocol_violation'
  | 'session_terminated'
  | 'server_unavailable'
  | 'server_overloaded'
  | 'server_fault'
  | 'read_only_transaction'
  | 'stale_plan'
  | 'application_error'
  | 'other'

/**
 * A classified error. Frozen and shared: never carries text or values of the statement that failed.
 */
export interface Fault {
  readonly kind: FaultKind
  readonly scope: FaultScope
  /** SQLSTATE, five characters, where PostgreSQL gave one. */
  readonly sqlState?: string
  /**
   * Whether the application may expect success when it runs the same unit of work again, from its
   * start. Says nothing of what the failed run has done already: a statement outside of a transaction
   * whose connection was lost may have taken effect. Hale itself never sends a statement twice.
   */
  readonly retryable: boolean
  /**
   * Whether the session ended with it, or could not begin: certain, no statistics needed. A
   * connection that met such a fault is of no more use.
   */
  readonly endsSession: boolean
  /** The driver did not even send the statement, so that it has certainly not taken effect. */
  readonly isUnsent?: true
}
