import type { FaultKind, FaultScope } from './fault.ts'

/** What a SQLSTATE means, before the severity of the answer is looked at. */
export interface SqlStateEntry {
  readonly kind: FaultKind
  readonly scope: FaultScope
  readonly retryable: boolean
}

function entry(kind: FaultKind, scope: FaultScope, retryable = false): SqlStateEntry {
  return Object.freeze({ kind, scope, retryable })
}

const invalidStatement = entry('invalid_statement', 'statement')
const invalidData = entry('invalid_data', 'statement')
const constraint = entry('constraint_violation', 'statement')
const privilege = entry('insufficient_privilege', 'statement')
const transactionState = entry('transaction_state', 'statement')
const routineFailed = entry('application_error', 'statement')
const other = entry('other', 'statement')
const serverFault = entry('server_fault', 'server')
const sessionGone = entry('session_terminated', 'connection', true)

/**
 * A code of no known class: the server answered, so the connection works and the statement failed.
 */
export const unlistedSqlState: SqlStateEntry = other

/**
 * Every class of PostgreSQL 18's Appendix A, with its code's first two characters as key. Class 72
 * ended with PostgreSQL 16.
 */
export const sqlStateClasses: ReadonlyMap<string, SqlStateEntry> = new Map([
  ['00', other], // successful completion
  ['01', other], // warning
  ['02', other], // no data
  ['03', other], // SQL statement not yet complete
  ['08', entry('connection_lost', 'connection', true)],
  ['09', routineFailed], // triggered action exception
  ['0A', invalidStatement], // feature not supported
  ['0B', transactionState], // invalid transaction initiation
  ['0F', invalidData], // locator exception
  ['0L', privilege], // invalid grantor
  ['0P', invalidStatement], // invalid role specification
  ['0Z', routineFailed], // diagnostics exception: GET STACKED DIAGNOSTICS outside of a handler
  ['10', invalidData], // XQuery error
  ['20', routineFailed], // case not found: PL/pgSQL's CASE
  ['21', invalidData], // cardinality violation
  ['22', invalidData],
  ['23', constraint],
  ['24', transactionState], // invalid cursor state
  ['25', transactionState],
  ['26', entry('stale_plan', 'plan', true)], // a prepared statement that this backend does not have
  ['27', constraint], // triggered data change violation
  ['28', entry('authentication_failed', 'unknown')],
  ['2B', invalidStatement], // dependent objects still exist
  ['2D', transactionState], // invalid transaction termination
  ['2F', routineFailed], // SQL routine exception
  ['34', invalidStatement], // invalid cursor name
  ['38', routineFailed], // external routine exception
  ['39', routineFailed], // external routine invocation exception
  ['3B', transactionState], // savepoint exception
  ['3D', entry('unknown_database', 'unknown')],
  ['3F', invalidStatement], // invalid schema name
  ['40', entry('serialization_failure', 'statement', true)],
  ['42', invalidStatement],
  ['44', constraint], // WITH CHECK OPTION violation
  ['53', entry('server_overloaded', 'server', true)],
  ['54', invalidStatement], // program limit exceeded: too complex, too many columns or arguments
  ['55', invalidStatement], // object not in prerequisite state
  ['57', sessionGone], // operator intervention
  ['58', serverFault], // errors external to PostgreSQL: I/O, missing files
  ['72', entry('serialization_failure', 'statement', true)], // snapshot too old
  ['F0', serverFault], // configuration file error
  ['HV', other], // foreign data wrapper: the far server failed, this one answered
  ['P0', routineFailed], // PL/pgSQL: RAISE, ASSERT
  ['XX', serverFault], // internal error, corrupted data or index
])

/** Codes that differ from their class. */
export const sqlStateCodes: ReadonlyMap<string, SqlStateEntry> = new Map([
  ['08007', entry('connection_lost', 'connection')], // the outcome of the transaction is unknown
  ['08P01', entry('protocol_violation', 'connection', true)],
  ['08004', entry('connection_refused', 'server', true)], // server or PgBouncer turned us away
  ['25006', entry('read_only_transaction', 'role', true)], // works once the role is right
  ['25P03', sessionGone], // idle_in_transaction_session_timeout
  ['25P04', entry('transaction_timeout', 'connection')], // a rerun would take as long
  ['40002', constraint], // transaction_integrity_constraint_violation
  ['40003', transactionState], // whether the statement completed is unknown, so no rerun
  ['40P01', entry('deadlock', 'statement', true)],
  ['42501', privilege],
  ['53100', entry('server_overloaded', 'server')], // disk full: does not pass by itself
  ['53400', entry('server_overloaded', 'server')], // configuration limit, as temp_file_limit
  ['55006', entry('other', 'statement', true)], // object_in_use: passes when the other user lets go
  ['55P03', entry('lock_timeout', 'statement', true)], // lock_timeout, or NOWAIT
  ['57014', entry('query_cancelled', 'statement')],
  ['57P03', entry('server_unavailable', 'server', true)], // starting up, shutting down, in recovery
  ['57P04', entry('session_terminated', 'connection')], // the database was dropped
])

/**
 * Codes that a backend gives only as it ends its own session. They come with ERROR where somebody
 * else's end is passed on, as a parallel worker's by its leader: that session goes on.
 */
export const sessionEnders: ReadonlySet<string> = new Set([
  '57P01', // admin_shutdown: pg_terminate_backend, or the server stops
  '57P02', // crash_shutdown
  '57P04', // database_dropped
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
])

/** 57014 by statement_timeout: nobody asked, and a rerun would most likely meet the same limit. */
export const statementTimedOut: SqlStateEntry = entry('statement_timeout', 'statement')

/** 0A000 "cached plan must not change result type": the plan is stale, the statement is fine. */
export const stalePlan: SqlStateEntry = entry('stale_plan', 'plan', true)

/** 08P01 for a wrong number of parameters: the caller's mistake, in spite of the code's name. */
export const wrongParameters: SqlStateEntry = invalidStatement

/**
 * Codes that PostgreSQL sends with FATAL while a session starts, for what the application asked of
 * it: wrong startup options, no CONNECT privilege, a database that takes no connections. Blaming a
 * connection for them would only open the next one into the same refusal.
 */
export const startupRefusals: ReadonlySet<string> = new Set([
  '0A000',
  '22023',
  '42501',
  '42601',
  '42602',
  '42704',
  '55000',
])
