import { faultOfDriverMessage } from './driver-messages.ts'
import type { Fault } from './fault.ts'
import { faultOfSqlState, isSqlState } from './fault-of-sql-state.ts'
import { faultOfSystemError } from './system-errors.ts'

/** Errors looked at in one call: the error itself, what caused it, and what it aggregates. */
const maxErrors = 16

const applicationError: Fault = Object.freeze({
  kind: 'application_error',
  scope: 'unknown',
  retryable: false,
  endsSession: false,
})
const unrecognised: Fault = Object.freeze({
  kind: 'other',
  scope: 'unknown',
  retryable: false,
  endsSession: false,
})

/**
 * What went wrong and whom it blames. Looks at the code (a system error's or a SQLSTATE), then at
 * the driver's own texts, in the error and then in its `cause` chain and `errors` (an ORM's wrapper
 * says less than what it wraps). An error that says none of this is the application's:
 * `application_error`, blaming nobody; a value that is no error at all is `other`.
 *
 * Refused credentials and databases that do not exist have scope `unknown`: no connection, server
 * or statement is to blame, the configuration is.
 *
 * Total: never throws, whatever it is given. The fault is frozen and shared.
 */
export function classifyFault(error: unknown): Fault {
  const pending: unknown[] = [error]
  for (let index = 0; index < pending.length && index < maxErrors; index++) {
    const candidate = pending[index]
    if (!isObject(candidate)) continue
    const fault = faultOf(candidate)
    if (fault !== undefined) return fault
    pending.push(read(candidate, 'cause'))
    pushErrors(pending, read(candidate, 'errors'))
  }
  return isErrorLike(error) ? applicationError : unrecognised
}

function faultOf(error: object): Fault | undefined {
  const code = readString(error, 'code')
  const message = readString(error, 'message')
  if (code !== undefined) {
    const system = faultOfSystemError(code, readString(error, 'syscall'))
    if (system !== undefined) return system
    const severity = readString(error, 'severity')
    if (isSqlState(code) && (severity !== undefined || !looksLikeErrno(code))) {
      return faultOfSqlState(code, severity, message, readString(error, 'routine'))
    }
  }
  return message === undefined ? undefined : faultOfDriverMessage(message)
}

/** EBUSY and E2BIG have the form of a SQLSTATE; PostgreSQL has no class that begins with E. */
function looksLikeErrno(code: string): boolean {
  return code.startsWith('E')
}

function pushErrors(pending: unknown[], errors: unknown): void {
  if (!isObject(errors)) return
  for (let index = 0; pending.length < maxErrors; index++) {
    const member = read(errors, String(index))
    if (member === undefined) return
    pending.push(member)
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function isErrorLike(value: unknown): boolean {
  try {
    return value instanceof Error || (isObject(value) && typeof read(value, 'stack') === 'string')
  } catch {
    return false // a proxy whose getPrototypeOf trap throws, or that was revoked
  }
}

function readString(from: object, key: string): string | undefined {
  const value = read(from, key)
  return typeof value === 'string' ? value : undefined
}

function read(from: object, key: string): unknown {
  try {
    return Reflect.get(from, key)
  } catch {
    return undefined // a getter or a proxy trap that throws
  }
}
