import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionsError } from '../../src/errors.ts'
import { healthDefaults, resolveHealthOptions } from '../../src/options/health-options.ts'
import { OptionProblems } from '../../src/options/option-problems.ts'
import { OptionReader } from '../../src/options/option-reader.ts'
import {
  recyclingDefaults,
  resolveRecyclingOptions,
} from '../../src/recycling/recycling-options.ts'
import {
  anyHostile,
  hostileRecord,
  hostileValues,
  prototypeKeys,
  type Thunk,
  withThrowingGetters,
} from './hostile-values.ts'

const cases = [
  { name: 'health', resolve: resolveHealthOptions, defaults: healthDefaults },
  { name: 'recycling', resolve: resolveRecyclingOptions, defaults: recyclingDefaults },
] as const

/** Options in which anything may stand where an option does, also within its sections. */
function optionsLike(defaults: object): fc.Arbitrary<Thunk> {
  const keys = [...Object.keys(defaults), ...prototypeKeys, 'unknown']
  const sections = Object.entries(defaults).filter(([, value]) => typeof value === 'object')
  const nested = sections.map(([name, value]) =>
    optionsLike(value).map((make) => () => ({ [name]: make() })),
  )
  return fc.oneof(hostileRecord(keys), anyHostile(), ...nested)
}

/** Everything in it is one of what an option may be. */
function expectResolved(resolved: unknown): void {
  expect(Object.isFrozen(resolved)).toBe(true)
  for (const value of Object.values(resolved as object)) {
    if (typeof value === 'object') expectResolved(value)
    else if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
    else expect(['enforce', 'observe', false]).toContain(value)
  }
}

function expectUnpolluted(): void {
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(prototypeKeys)
  expect(Object.hasOwn(Object, 'polluted')).toBe(false)
}

describe.each(cases)('resolving $name options', ({ name, resolve, defaults }) => {
  it('gives usable options or one error that says what is wrong, for anything at all', () => {
    fc.assert(
      fc.property(optionsLike(defaults), (make) => {
        const problems = new OptionProblems()
        expectResolved(resolve(make(), problems))
        expectUnpolluted()
        for (const { option, value, expected } of problems.all) {
          expect(option === name || option.startsWith(`${name}.`)).toBe(true)
          expect(value.length).toBeGreaterThan(0)
          expect(expected.length).toBeGreaterThan(0)
        }
        if (problems.all.length > 0) expect(() => problems.throwIfAny()).toThrow(OptionsError)
      }),
      { numRuns: 400 },
    )
  })

  it('takes no value for another than it is', () => {
    for (const key of Object.keys(defaults)) {
      for (const value of hostileValues()) {
        const problems = new OptionProblems()
        const resolved = resolve({ [key]: value }, problems) as unknown as Record<string, unknown>
        const isRefused = problems.all.some(({ option }) => option.startsWith(`${name}.${key}`))
        if (isRefused || value === undefined || typeof defaults[key as never] === 'object') continue
        expect(resolved[key]).toBe(value)
      }
    }
  })

  it('names each option that cannot be read', () => {
    const problems = new OptionProblems()
    const keys = Object.keys(defaults)
    resolve(withThrowingGetters(keys), problems)
    expect(problems.all.map(({ option }) => option).toSorted()).toEqual(
      keys.map((key) => `${name}.${key}`).toSorted(),
    )
  })

  it('reports prototype keys as unknown, and lets none of them in', () => {
    const json = `{"__proto__":{"mode":"observe","jitterRatio":0.5},"constructor":{"prototype":{}}}`
    const problems = new OptionProblems()
    expect(resolve(JSON.parse(json), problems)).toEqual(defaults)
    expect(problems.all.map(({ option }) => option)).toEqual([
      `${name}.__proto__`,
      `${name}.constructor`,
    ])
    expectUnpolluted()
  })

  it('ignores symbols, and reads the options of objects without a prototype', () => {
    const problems = new OptionProblems()
    const options = Object.assign(Object.create(null), { [Symbol('x')]: 1 })
    expect(resolve(options, problems)).toEqual(defaults)
    expect(problems.all).toEqual([])
  })
})

describe('OptionReader', () => {
  it('tells 50 unknown options, and how many more there are', () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, at) => [`jiterRatio${at}`, 1]),
    )
    const problems = new OptionProblems()
    resolveRecyclingOptions(many, problems)
    expect(problems.all).toHaveLength(50)
    expect(problems.all[0]?.expected).toBe('a known option, perhaps recycling.jitterRatio')
    expect(() => problems.throwIfAny()).toThrow('19950 left out')
  })

  it.each([
    ['holes', () => new Array(2 ** 32 - 1)],
    ['items', () => Array.from({ length: 101 }, () => ({}))],
  ])('takes no list of more than 100 %s', (_what, create) => {
    const problems = new OptionProblems()
    const reader = new OptionReader('', { list: create(), some: create() }, problems)
    expect(reader.list('list')).toBeUndefined()
    expect(reader.someOf('some', ['a'], [])).toEqual([])
    expect(problems.all).toHaveLength(2)
  })

  it('takes no text with a NUL, which would end it on the wire', () => {
    const problems = new OptionProblems()
    const reader = new OptionReader('', { text: 'a\0options\0-c x=y' }, problems)
    expect(reader.text('text')).toBeUndefined()
    expect(problems.all[0]?.expected).toBe('a text without a NUL')
  })

  it('keeps what it expects on one line, whatever names are in it', () => {
    const problems = new OptionProblems()
    problems.add('name', 'x', `one of the registered names (${'\u001b[2J\r\n'.repeat(10_000)})`)
    expect(problems.all[0]?.expected).toMatch(
      /^one of the registered names \((\ufffd\[2J\ufffd\ufffd)+/,
    )
    expect(problems.all[0]?.expected).toHaveLength(1_000)
  })

  it.each(['ann:hunter2@db:5432', 'postgres://ann:hunter2@db', 'PassWord = hunter2', ':hunter2@'])(
    'never shows a text that looks like %s',
    (text) => {
      const problems = new OptionProblems()
      problems.add('host', text, 'a name')
      expect(problems.all[0]?.value).toBe('a string (not shown)')
    },
  )
})
