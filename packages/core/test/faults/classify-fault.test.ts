import { describe, expect, it } from 'vitest'
import { classifyFault } from '../../src/faults/classify-fault.ts'
import type { Fault } from '../../src/faults/fault.ts'

function databaseError(code: string, fields: Record<string, unknown> = {}): Error {
  return Object.assign(new Error('text'), { severity: 'ERROR', code, ...fields })
}

function systemError(code: string, fields: Record<string, unknown> = {}): Error {
  return Object.assign(new Error(`something ${code}`), { code, ...fields })
}

type Row = readonly [name: string, error: unknown, fault: Partial<Fault>]

const fatal = { severity: 'FATAL' }

const rows: readonly Row[] = [
  [
    'unique violation',
    databaseError('23505'),
    { kind: 'constraint_violation', scope: 'statement' },
  ],
  ['syntax error', databaseError('42601'), { kind: 'invalid_statement', scope: 'statement' }],
  [
    '42501 before generic 42',
    databaseError('42501'),
    { kind: 'insufficient_privilege', scope: 'statement' },
  ],
  ['division by zero', databaseError('22012'), { kind: 'invalid_data', scope: 'statement' }],
  ['deadlock', databaseError('40P01'), { kind: 'deadlock', scope: 'statement', retryable: true }],
  [
    'serialization',
    databaseError('40001'),
    { kind: 'serialization_failure', scope: 'statement', retryable: true },
  ],
  ['completion unknown', databaseError('40003'), { kind: 'transaction_state', retryable: false }],
  [
    'recovery conflict, FATAL',
    databaseError('40001', fatal),
    { scope: 'connection', retryable: true },
  ],
  ['NOWAIT or lock_timeout', databaseError('55P03'), { kind: 'lock_timeout', scope: 'statement' }],
  [
    'cancelled',
    databaseError('57014', { message: 'canceling statement due to user request' }),
    { kind: 'query_cancelled', scope: 'statement' },
  ],
  [
    'statement_timeout',
    databaseError('57014', { message: 'canceling statement due to statement timeout' }),
    { kind: 'statement_timeout', scope: 'statement' },
  ],
  [
    'statement_timeout in German',
    databaseError('57014', { message: 'storniere Anfrage wegen Zeitüberschreitung der Anfrage' }),
    { kind: 'statement_timeout' },
  ],
  [
    'terminated',
    databaseError('57P01', fatal),
    { kind: 'session_terminated', scope: 'connection', retryable: true },
  ],
  ['crash', databaseError('57P02', fatal), { kind: 'session_terminated', scope: 'connection' }],
  [
    'starting up',
    databaseError('57P03', fatal),
    { kind: 'server_unavailable', scope: 'server', retryable: true },
  ],
  [
    'dropped database',
    databaseError('57P04', fatal),
    { kind: 'session_terminated', retryable: false },
  ],
  [
    'idle session timeout',
    databaseError('57P05', fatal),
    { kind: 'session_terminated', scope: 'connection' },
  ],
  [
    'idle in transaction timeout',
    databaseError('25P03', fatal),
    { kind: 'session_terminated', scope: 'connection' },
  ],
  [
    'transaction timeout',
    databaseError('25P04', fatal),
    { kind: 'transaction_timeout', scope: 'connection' },
  ],
  [
    'in failed transaction',
    databaseError('25P02'),
    { kind: 'transaction_state', scope: 'statement' },
  ],
  ['standby', databaseError('25006'), { kind: 'read_only_transaction', scope: 'role' }],
  ['connection failure', databaseError('08006'), { kind: 'connection_lost', scope: 'connection' }],
  ['resolution unknown', databaseError('08007'), { scope: 'connection', retryable: false }],
  [
    'protocol violation',
    databaseError('08P01', fatal),
    { kind: 'protocol_violation', scope: 'connection' },
  ],
  [
    'missing parameter',
    databaseError('08P01', {
      message: 'bind message supplies 0 parameters, but prepared statement "" requires 1',
    }),
    { kind: 'invalid_statement', scope: 'statement' },
  ],
  [
    'missing parameter by routine',
    databaseError('08P01', { routine: 'exec_bind_message' }),
    { kind: 'invalid_statement', scope: 'statement' },
  ],
  [
    'cached plan',
    databaseError('0A000', { message: 'cached plan must not change result type' }),
    { kind: 'stale_plan', scope: 'plan', retryable: true },
  ],
  [
    'cached plan by routine',
    databaseError('0A000', { routine: 'RevalidateCachedQuery' }),
    { kind: 'stale_plan', scope: 'plan' },
  ],
  ['not supported', databaseError('0A000'), { kind: 'invalid_statement', scope: 'statement' }],
  ['unknown prepared statement', databaseError('26000'), { kind: 'stale_plan', scope: 'plan' }],
  [
    'too many connections',
    databaseError('53300', fatal),
    { kind: 'server_overloaded', scope: 'server', retryable: true },
  ],
  [
    'disk full',
    databaseError('53100'),
    { kind: 'server_overloaded', scope: 'server', retryable: false },
  ],
  ['io error', databaseError('58030'), { kind: 'server_fault', scope: 'server' }],
  [
    'corrupted',
    databaseError('XX001'),
    { kind: 'server_fault', scope: 'server', retryable: false },
  ],
  [
    'wrong password',
    databaseError('28P01', fatal),
    { kind: 'authentication_failed', scope: 'unknown', retryable: false },
  ],
  [
    'no pg_hba entry',
    databaseError('28000', fatal),
    { kind: 'authentication_failed', scope: 'unknown' },
  ],
  [
    'no such database',
    databaseError('3D000', fatal),
    { kind: 'unknown_database', scope: 'unknown', retryable: false },
  ],
  [
    'no CONNECT privilege',
    databaseError('42501', fatal),
    { kind: 'insufficient_privilege', scope: 'unknown' },
  ],
  ['raised by PL/pgSQL', databaseError('P0001'), { kind: 'application_error', scope: 'statement' }],
  [
    'unlisted class',
    databaseError('ZZ999'),
    { kind: 'other', scope: 'statement', sqlState: 'ZZ999' },
  ],
  ['unlisted class, FATAL', databaseError('ZZ999', fatal), { scope: 'connection' }],
  ['FATAL in Russian', databaseError('23505', { severity: 'ВАЖНО' }), { scope: 'connection' }],
  ['ERROR in German', databaseError('23505', { severity: 'FEHLER' }), { scope: 'statement' }],
  [
    'refused',
    systemError('ECONNREFUSED', { syscall: 'connect' }),
    { kind: 'connection_refused', scope: 'server', retryable: true },
  ],
  [
    'reset',
    systemError('ECONNRESET'),
    { kind: 'connection_lost', scope: 'connection', retryable: true },
  ],
  [
    'broken pipe, five capitals',
    systemError('EPIPE'),
    { kind: 'connection_lost', scope: 'connection' },
  ],
  ['EBUSY is no SQLSTATE', systemError('EBUSY'), { kind: 'application_error', scope: 'unknown' }],
  [
    'read timed out',
    systemError('ETIMEDOUT', { syscall: 'read' }),
    { kind: 'connection_lost', scope: 'connection' },
  ],
  [
    'connect timed out',
    systemError('ETIMEDOUT', { syscall: 'connect' }),
    { kind: 'connection_timeout', scope: 'server' },
  ],
  [
    'no Unix socket',
    systemError('ENOENT', { syscall: 'connect' }),
    { kind: 'connection_refused', scope: 'server' },
  ],
  [
    'no certificate file',
    systemError('ENOENT', { syscall: 'open' }),
    { kind: 'application_error', scope: 'unknown' },
  ],
  ['unreachable', systemError('EHOSTUNREACH'), { kind: 'server_unavailable', scope: 'server' }],
  [
    'unknown host',
    systemError('ENOTFOUND'),
    { kind: 'host_unknown', scope: 'unknown', retryable: false },
  ],
  [
    'resolver busy',
    systemError('EAI_AGAIN'),
    { kind: 'host_unknown', scope: 'server', retryable: true },
  ],
  ['own descriptors', systemError('EMFILE'), { scope: 'unknown', retryable: true }],
  [
    'self-signed',
    systemError('DEPTH_ZERO_SELF_SIGNED_CERT'),
    { kind: 'authentication_failed', scope: 'unknown' },
  ],
  [
    'bad TLS record',
    systemError('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'),
    { kind: 'protocol_violation', scope: 'connection' },
  ],
  [
    'Hale: connection lost',
    systemError('HALE_CONNECTION_LOST'),
    { kind: 'connection_lost', scope: 'connection' },
  ],
  [
    'Hale: nobody knows what became of COMMIT, whatever the reason',
    Object.assign(new Error('unknown', { cause: systemError('ECONNRESET') }), {
      code: 'HALE_COMMIT_UNKNOWN',
    }),
    { kind: 'commit_unknown', scope: 'unknown', retryable: false },
  ],
  [
    'Hale: rolled back at COMMIT',
    systemError('HALE_TRANSACTION_ABORTED'),
    { kind: 'transaction_state', scope: 'statement', retryable: false },
  ],
  [
    'pg: a statement that was never sent',
    new Error('Client was closed and is not queryable'),
    { kind: 'connection_lost', retryable: true, isUnsent: true },
  ],
  [
    'Hale: acquire',
    systemError('HALE_ACQUIRE_TIMEOUT'),
    { kind: 'connection_timeout', scope: 'unknown' },
  ],
  [
    'pg: terminated unexpectedly',
    new Error('Connection terminated unexpectedly'),
    { kind: 'connection_lost', scope: 'connection' },
  ],
  [
    'pg: terminated',
    new Error('Connection terminated'),
    { kind: 'connection_lost', scope: 'connection' },
  ],
  [
    'pg: connection error',
    new Error('Client has encountered a connection error and is not queryable'),
    { kind: 'connection_lost', scope: 'connection' },
  ],
  [
    'pg: closed',
    new Error('Client was closed and is not queryable'),
    { kind: 'connection_lost', scope: 'connection' },
  ],
  [
    'pg: timeout with cause',
    new Error('Connection terminated due to connection timeout', {
      cause: new Error('Connection terminated unexpectedly'),
    }),
    { kind: 'connection_timeout', scope: 'server' },
  ],
  [
    'pg: timeout expired',
    new Error('timeout expired'),
    { kind: 'connection_timeout', scope: 'server' },
  ],
  [
    'pg-pool: acquire',
    new Error('timeout exceeded when trying to connect'),
    { kind: 'connection_timeout', scope: 'unknown' },
  ],
  [
    'pg-pool: acquire with counts',
    new Error('timeout exceeded when trying to connect (max 10)'),
    { kind: 'connection_timeout' },
  ],
  [
    'pg: query_timeout',
    new Error('Query read timeout'),
    { kind: 'query_timeout', scope: 'unknown' },
  ],
  [
    'pg: SASL',
    new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
    { kind: 'authentication_failed', scope: 'unknown' },
  ],
  [
    'pg: garbled',
    new Error('Received unexpected dataRow message from backend.'),
    { kind: 'protocol_violation', scope: 'connection' },
  ],
  [
    'pg-pool: ended',
    new Error('Cannot use a pool after calling end on the pool'),
    { kind: 'application_error', scope: 'unknown' },
  ],
  [
    'plain bug',
    new TypeError('x is not a function'),
    { kind: 'application_error', scope: 'unknown', retryable: false },
  ],
  ['null', null, { kind: 'other', scope: 'unknown' }],
  ['text', 'Connection terminated', { kind: 'other', scope: 'unknown' }],
]

describe('classifyFault', () => {
  it.each(rows)('classifies: %s', (_name, error, fault) => {
    expect(classifyFault(error)).toMatchObject(fault)
  })

  it('sees through wrappers', () => {
    const wrapped = new Error('Failed query: …', { cause: databaseError('23505') })
    expect(classifyFault(new Error('outer', { cause: wrapped })).sqlState).toBe('23505')
  })

  it('sees into an AggregateError without a code', () => {
    const error = new AggregateError([new Error('?'), systemError('ECONNREFUSED')], 'all failed')
    expect(classifyFault(error).kind).toBe('connection_refused')
  })

  it('trusts the wrapper before what it wraps', () => {
    const error = Object.assign(new Error('x', { cause: systemError('ECONNRESET') }), {
      code: '57P03',
    })
    expect(classifyFault(error).scope).toBe('server')
  })

  it('gives the same object for the same fault', () => {
    expect(classifyFault(databaseError('23505'))).toBe(classifyFault(databaseError('23505')))
    expect(classifyFault(databaseError('23505', fatal))).toBe(
      classifyFault(databaseError('23505', fatal)),
    )
    expect(classifyFault(systemError('EPIPE'))).toBe(classifyFault(systemError('EPIPE')))
  })

  it('keeps no text of the error', () => {
    const fault = classifyFault(
      databaseError('23505', { detail: 'Key (ssn)=(123) exists', message: 'secret' }),
    )
    expect(Object.keys(fault).sort()).toEqual([
      'endsSession',
      'kind',
      'retryable',
      'scope',
      'sqlState',
    ])
  })
})
