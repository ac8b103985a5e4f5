import { describe, expect, it } from 'vitest'
import { hasCertainlyNotCommitted } from '../../src/index.ts'

const answer = (code: string, severity = 'ERROR'): Error =>
  Object.assign(new Error('answered'), { code, severity })

describe('a COMMIT that failed', () => {
  it.each([
    ['a constraint that was deferred', answer('23503')],
    ['a serialization failure', answer('40001')],
    ['a cancel', answer('57014')],
    ['a connection that was known to be lost', new Error('Client was closed and is not queryable')],
    ['an ORM that wraps such an error', new Error('Failed query', { cause: answer('23503') })],
  ])('has certainly not committed: %s', (_name, error) => {
    expect(hasCertainlyNotCommitted(error)).toBe(true)
  })

  it.each([
    ['the link broke', new Error('Connection terminated unexpectedly')],
    ['its caller stopped waiting', new Error('Query read timeout')],
    ['the backend was terminated', answer('57P01', 'FATAL')],
    ['the server panicked', answer('58030', 'PANIC')],
    ['the server says that it does not know', answer('40003')],
    ['a pooler lost its server', answer('08P01', 'FATAL')],
    ['a foreign server did not say', answer('08007')],
    ['something else threw', new TypeError('log is not a function')],
    ['nothing is known', undefined],
  ])('may have committed: %s', (_name, error) => {
    expect(hasCertainlyNotCommitted(error)).toBe(false)
  })
})
