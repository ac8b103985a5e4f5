import { describe, expect, it } from 'vitest'
import { classifyFault } from '../../src/faults/classify-fault.ts'
import { faultOfSqlState } from '../../src/faults/fault-of-sql-state.ts'

function databaseError(code: string, severity?: string): Error {
  return Object.assign(new Error('text'), severity === undefined ? { code } : { severity, code })
}

function systemError(code: string, syscall?: string): Error {
  return Object.assign(new Error(`something ${code}`), { code, syscall })
}

const enders = ['57P01', '57P02', '57P04', '57P05', '25P03', '25P04']

describe('the end of a session', () => {
  it.each(['FATAL', 'PANIC', 'ВАЖНО', '致命错误'])('comes with severity %s', (severity) => {
    expect(classifyFault(databaseError('23505', severity)).endsSession).toBe(true)
    expect(classifyFault(databaseError('08006', severity)).endsSession).toBe(true)
  })

  it.each(enders)('comes with %s, whatever the language', (code) => {
    expect(classifyFault(databaseError(code, 'FATAL')).endsSession).toBe(true)
    expect(classifyFault(databaseError(code)).endsSession).toBe(true)
    expect(classifyFault(databaseError(code, 'KRYTYCZNY')).endsSession).toBe(true) // Polish
  })

  it.each(['ERROR', 'FEHLER', 'ОШИБКА'])(
    "is another session's where a leader passes 57P01 on with %s",
    (severity) => {
      const fault = classifyFault(databaseError('57P01', severity))
      expect(fault).toMatchObject({ scope: 'connection', endsSession: false })
    },
  )

  it.each(['08000', '08001', '08003', '08006', '08P01'])(
    'does not come with %s that a foreign server caused',
    (code) => {
      const fault = classifyFault(databaseError(code, 'ERROR'))
      expect(fault).toMatchObject({ scope: 'connection', endsSession: false })
      expect(classifyFault(databaseError(code)).endsSession).toBe(false)
    },
  )

  it.each(['23505', '42601', '40P01', '57014', '25006', '26000', '53100', 'XX000', 'P0001'])(
    'does not come with %s',
    (code) => {
      expect(classifyFault(databaseError(code, 'ERROR')).endsSession).toBe(false)
    },
  )

  it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EPROTO', 'ERR_SSL_BAD_DECRYPT'])(
    'comes with the socket error %s',
    (code) => {
      expect(classifyFault(systemError(code)).endsSession).toBe(true)
    },
  )

  it.each(['ECONNREFUSED', 'ETIMEDOUT', 'ENOENT', 'EACCES'])(
    'comes before its beginning with %s',
    (code) => {
      expect(classifyFault(systemError(code, 'connect')).endsSession).toBe(true)
    },
  )

  it.each(['EMFILE', 'ABORT_ERR', 'HALE_ACQUIRE_TIMEOUT', 'HALE_SERVER_UNAVAILABLE'])(
    'does not come with %s, which need not have met a connection',
    (code) => {
      expect(classifyFault(systemError(code)).endsSession).toBe(false)
    },
  )

  it.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Received unexpected dataRow message from backend.',
  ])("comes with pg's own text: %s", (message) => {
    expect(classifyFault(new Error(message)).endsSession).toBe(true)
  })

  it.each(['Query read timeout', 'timeout exceeded when trying to connect', 'x is not a function'])(
    'does not come with the text: %s',
    (message) => {
      expect(classifyFault(new Error(message)).endsSession).toBe(false)
    },
  )

  it('is told apart in the faults that are shared', () => {
    const passedOn = faultOfSqlState('57P01', 'ERROR')
    const ended = faultOfSqlState('57P01', 'FATAL')
    expect(passedOn).not.toBe(ended)
    expect(faultOfSqlState('57P01', 'ERROR')).toBe(passedOn)
    expect(faultOfSqlState('57P01', undefined)).toBe(ended)
  })
})
