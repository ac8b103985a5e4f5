import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionsError } from '../../src/errors.ts'
import { OptionProblems } from '../../src/options/option-problems.ts'

function rendered(option: string, value: unknown): string {
  const problems = new OptionProblems()
  problems.add(option, value, 'something else')
  return problems.all[0]?.value ?? ''
}

function boom(): never {
  throw new Error('user code ran')
}

describe('OptionProblems', () => {
  it('throws one error that says everything', () => {
    const problems = new OptionProblems()
    problems.add('max', 0, 'a whole number of at least 1')
    problems.add('health.mode', 'off', "'enforce' or 'observe'")
    expect(() => problems.throwIfAny()).toThrow(OptionsError)
    expect(() => problems.throwIfAny()).toThrow(
      "invalid options: max: expected a whole number of at least 1, got 0; health.mode: expected 'enforce' or 'observe', got 'off'",
    )
  })

  it('throws nothing without a problem', () => {
    expect(() => new OptionProblems().throwIfAny()).not.toThrow()
  })

  it('bounds how many problems it lists', () => {
    const problems = new OptionProblems()
    for (let index = 0; index < 10_000; index++) problems.add(`option${index}`, index, 'nothing')
    expect(problems.all).toHaveLength(50)
    expect(() => problems.throwIfAny()).toThrow('9950 left out')
  })

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [-0, '-0'],
    ['10', "'10'"],
    [10n, '10n'],
    [10n ** 100n, 'a bigint'],
    [Symbol('x'), 'a symbol'],
    [[1], 'an array'],
    [{}, 'an object'],
    [boom, 'a function'],
    ['a\nb\u2028c\u0007', "'a\u{fffd}b\u{fffd}c\u{fffd}'"],
    ['postgres://me:hunter2@host/db', 'a string (not shown)'],
    ['host=h password=hunter2', 'a string (not shown)'],
  ])('shows %s as %s', (value, text) => {
    expect(rendered('health.mode', value)).toBe(text)
  })

  it.each(['password', 'connectionString', 'ssl.key', 'secretKey', 'apiToken'])(
    'hides the value of %s',
    (option) => {
      expect(rendered(option, 'hunter2')).toBe('a string (not shown)')
      expect(rendered(option, 12345)).toBe('a number (not shown)')
    },
  )

  it('calls no code of the value', () => {
    const traps = {
      get: boom,
      getPrototypeOf: boom,
      ownKeys: boom,
      has: boom,
      getOwnPropertyDescriptor: boom,
    }
    const revoked = Proxy.revocable([], {})
    revoked.revoke()
    const object = { toString: boom, valueOf: boom, toJSON: boom, [Symbol.toPrimitive]: boom }
    for (const value of [
      new Proxy({}, traps),
      new Proxy([], traps),
      new Proxy(boom, traps),
      revoked.proxy,
      object,
    ]) {
      expect(rendered('max', value)).toMatch(/^an? (object|array|function)$/)
    }
  })

  it('keeps option and value short and on one line, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.anything({ withBigInt: true }),
        (option, value) => {
          const problems = new OptionProblems()
          for (const shown of [value, option]) problems.add(option, shown, 'x')
          for (const problem of problems.all) {
            for (const text of [problem.option, problem.value]) {
              expect([...text].length).toBeLessThanOrEqual(60)
              expect(text).not.toMatch(/[\n\r\u2028\u2029]/)
            }
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
