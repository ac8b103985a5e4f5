import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyFault } from '../../src/faults/classify-fault.ts'
import { faultOfSqlState } from '../../src/faults/fault-of-sql-state.ts'

const sqlStates = fc.stringMatching(/^[0-9A-Z]{5}$/)
const severities = fc.constantFrom(undefined, 'ERROR', 'FATAL', 'PANIC', 'ВАЖНО', 'WARNING', '')
const keys = ['code', 'message', 'severity', 'syscall', 'routine', 'cause', 'errors', 'stack']

function boom(): never {
  throw new Error('trap')
}

function hostile(): readonly [name: string, value: unknown][] {
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const getters = Object.defineProperties(
    {},
    Object.fromEntries(keys.map((key) => [key, { get: boom }])),
  )
  const cyclic: { cause?: unknown; errors?: unknown } = {}
  cyclic.cause = cyclic
  cyclic.errors = [cyclic, cyclic]
  let chain: unknown = Object.assign(new Error('deep'), { code: '23505' })
  for (let depth = 0; depth < 100_000; depth++) chain = { cause: chain }
  const endless: unknown = new Proxy({}, { get: () => endless })
  const infinite = new Proxy({}, { get: (_, key) => (key === 'errors' ? infinite : {}) })
  return [
    ['throwing getters', getters],
    [
      'throwing traps',
      new Proxy({}, { get: boom, has: boom, getPrototypeOf: boom, ownKeys: boom }),
    ],
    ['a function proxy', new Proxy(boom, { get: boom, getPrototypeOf: boom })],
    ['a revoked proxy', revoked.proxy],
    ['a cyclic cause', cyclic],
    ['a huge cause chain', chain],
    ['a proxy that is its own everything', endless],
    ['endless errors', infinite],
    ['no prototype', Object.create(null)],
    ['a symbol', Symbol('x')],
    ['a huge code', { code: 'A'.repeat(10_000_000), message: 'b'.repeat(10_000_000) }],
    ['codes of other types', { code: 23505, message: {}, cause: 1n, errors: 'abc' }],
    ['throwing then revoked', { cause: revoked.proxy, errors: [revoked.proxy, getters] }],
  ]
}

describe('classifyFault', () => {
  it('is total', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        (value) => {
          const fault = classifyFault(value)
          expect(Object.isFrozen(fault)).toBe(true)
          expect(typeof fault.endsSession).toBe('boolean')
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('is total for objects with the fields of errors', () => {
    const field = fc.oneof(fc.anything(), sqlStates, severities)
    const fields = fc.record(Object.fromEntries(keys.map((key) => [key, field])), {
      requiredKeys: [],
    })
    fc.assert(
      fc.property(fields, (value) => {
        expect(Object.isFrozen(classifyFault(value))).toBe(true)
      }),
    )
  })

  it.each(hostile())('does not throw for %s', (_name, value) => {
    expect(Object.isFrozen(classifyFault(value))).toBe(true)
  })
})

describe('faultOfSqlState', () => {
  it('gives a frozen fault with that code for every SQLSTATE', () => {
    fc.assert(
      fc.property(sqlStates, severities, fc.string(), (sqlState, severity, message) => {
        const fault = faultOfSqlState(sqlState, severity, message)
        expect(Object.isFrozen(fault)).toBe(true)
        expect(fault.sqlState).toBe(sqlState)
      }),
      { numRuns: 5_000 }, // more than are kept for reuse
    )
  })

  it('never blames a statement for a session that ended', () => {
    fc.assert(
      fc.property(sqlStates, (sqlState) => {
        expect(faultOfSqlState(sqlState, 'FATAL').scope).not.toBe('statement')
      }),
    )
  })

  it('ends the session for every FATAL, and for no ERROR', () => {
    fc.assert(
      fc.property(sqlStates, fc.string(), (sqlState, message) => {
        expect(faultOfSqlState(sqlState, 'FATAL', message).endsSession).toBe(true)
        expect(faultOfSqlState(sqlState, 'ERROR', message).endsSession).toBe(false)
      }),
    )
  })

  it('leaves out what is not a SQLSTATE', () => {
    expect(faultOfSqlState('nonsense', 'ERROR')).not.toHaveProperty('sqlState')
  })
})
