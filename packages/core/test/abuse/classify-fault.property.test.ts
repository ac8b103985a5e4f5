import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyFault, type Fault, type FaultKind, type FaultScope } from '../../src/index.ts'
import {
  anyHostile,
  hostileRecord,
  hostileValues,
  type Thunk,
  withThrowingGetters,
} from './hostile-values.ts'

/** All kinds: the compiler refuses one that is missing. */
const kinds: Readonly<Record<FaultKind, true>> = {
  application_error: true,
  authentication_failed: true,
  commit_unknown: true,
  connection_lost: true,
  connection_refused: true,
  connection_timeout: true,
  constraint_violation: true,
  deadlock: true,
  host_unknown: true,
  insufficient_privilege: true,
  invalid_data: true,
  invalid_statement: true,
  lock_timeout: true,
  other: true,
  protocol_violation: true,
  query_cancelled: true,
  query_timeout: true,
  read_only_transaction: true,
  serialization_failure: true,
  server_fault: true,
  server_overloaded: true,
  server_unavailable: true,
  session_terminated: true,
  stale_plan: true,
  statement_timeout: true,
  transaction_state: true,
  transaction_timeout: true,
  unknown_database: true,
}
const scopes: Readonly<Record<FaultScope, true>> = {
  connection: true,
  plan: true,
  role: true,
  server: true,
  statement: true,
  unknown: true,
}
const flags = ['endsSession', 'isUnsent', 'kind', 'retryable', 'scope', 'sqlState']
const fields = ['code', 'message', 'severity', 'syscall', 'routine', 'cause', 'errors', 'stack']

/** A fault holds nothing but members of the unions, and of the error nothing but a SQLSTATE. */
function expectFault(fault: Fault): void {
  expect(Object.hasOwn(kinds, fault.kind)).toBe(true)
  expect(Object.hasOwn(scopes, fault.scope)).toBe(true)
  expect(typeof fault.retryable).toBe('boolean')
  expect(typeof fault.endsSession).toBe('boolean')
  expect(fault.sqlState ?? '00000').toMatch(/^[0-9A-Z]{5}$/)
  expect(flags).toEqual(expect.arrayContaining(Object.keys(fault)))
  expect(Object.isFrozen(fault)).toBe(true)
}

describe('classifyFault', () => {
  it('gives a member of the unions for anything that can be thrown', () => {
    fc.assert(
      fc.property(anyHostile(), (make) => expectFault(classifyFault(make()))),
      { numRuns: 1_000 },
    )
  })

  it('gives one for errors and plain objects, whatever is in their fields', () => {
    const base = fc.constantFrom(
      () => new Error('boom'),
      () => new AggregateError([new Error('inner')], 'all'),
      () => Object.create(null) as object,
      () => [],
    )
    fc.assert(
      fc.property(base, hostileRecord(fields), (create, content) => {
        expectFault(classifyFault(Object.assign(create(), content())))
      }),
      { numRuns: 1_000 },
    )
  })

  it('gives one for chains and trees of causes with anything in them', () => {
    const { node } = fc.letrec<{ node: Thunk }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3, depthSize: 'medium' },
        anyHostile(),
        fc
          .tuple(tie('node'), fc.array(tie('node'), { maxLength: 5 }))
          .map(([cause, errors]) => () => ({
            cause: cause(),
            errors: errors.map((make) => make()),
          })),
      ),
    }))
    fc.assert(
      fc.property(node, (make) => expectFault(classifyFault(make()))),
      { numRuns: 300 },
    )
  })

  it('is not misled by names that Object.prototype has', () => {
    for (const name of Object.getOwnPropertyNames(Object.prototype)) {
      for (const field of fields) expectFault(classifyFault({ [field]: name }))
      expect(classifyFault({ code: name }).kind).toBe('other')
      expect(classifyFault(Object.assign(new Error(name), { code: name }))).toMatchObject({
        kind: 'application_error',
        scope: 'unknown',
      })
    }
  })

  it('blames nobody for what cannot be read', () => {
    for (const value of [withThrowingGetters(fields), ...hostileValues().slice(0, 6)]) {
      expect(classifyFault(value)).toMatchObject({ scope: 'unknown', endsSession: false })
    }
  })

  it('reads no more of an endless error than of a finite one', () => {
    let reads = 0
    const endless: object = new Proxy(new Error('endless'), {
      get: (_, key) => {
        reads += 1
        return key === 'cause' || key === 'errors' ? endless : undefined
      },
      has: () => true,
    })
    expectFault(classifyFault(endless))
    expect(reads).toBeLessThan(200)
  })
})
