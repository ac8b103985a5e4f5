import { describe, expect, it } from 'vitest'
import { toFailure } from '../../src/doctor/failure.ts'

const secret = 'for user "bob" with hunter2 at db.example.net'

function errorOf(code: string | undefined, message: string = secret, more: object = {}): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code }, more)
}

describe('toFailure', () => {
  it.each([
    [
      'a wrong password',
      errorOf('28P01', secret, { severity: 'FATAL' }),
      'authentication_failed',
      'did not let us in',
    ],
    [
      'no database',
      errorOf('3D000', secret, { severity: 'FATAL' }),
      'unknown_database',
      'no such database',
    ],
    [
      'no connection left',
      errorOf('53300', secret, { severity: 'FATAL' }),
      'server_overloaded',
      'no connection left',
    ],
    [
      'nobody there',
      errorOf('ECONNREFUSED', secret, { syscall: 'connect' }),
      'connection_refused',
      'nobody listens',
    ],
    ['no answer', errorOf(undefined, 'timeout expired'), 'connection_timeout', 'in time'],
    ['an unknown name', errorOf('ENOTFOUND'), 'host_unknown', 'not known'],
    [
      'a foreign certificate',
      errorOf('SELF_SIGNED_CERT_IN_CHAIN'),
      'authentication_failed',
      'not trusted',
    ],
    [
      'no TLS',
      errorOf(undefined, 'The server does not support SSL connections'),
      'authentication_failed',
      'has no TLS',
    ],
    ['anything else', errorOf(undefined), 'application_error', 'not known'],
  ])('says what to do about %s, in words of its own', (_what, error, kind, reason) => {
    const failure = toFailure(error)
    expect(failure.kind).toBe(kind)
    expect(failure.reason).toContain(reason)
    expect(failure.fix).not.toBe('')
    expect(JSON.stringify(failure)).not.toMatch(/bob|hunter2|example/)
  })
})
