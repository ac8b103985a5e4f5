import type { OptionProblems } from '@hale/core'
import { parse } from 'pg-connection-string'
import { isList, type GivenOptions as Options, peek } from '../option-copy.ts'
import type { HealthAwarePoolOptions } from '../options.ts'

/** Options that are made of options; all others are taken or left as a whole. */
const sections: ReadonlySet<string> = new Set([
  'health',
  'recycling',
  'opening',
  'leakDetection',
  'sentinel',
])

/** Options that a connection string would win over, as pg has it. */
const namedByString: readonly string[] = ['host', 'port', 'user', 'password', 'database', 'ssl']

/** Options that say the same in other words: whichever of the left is given takes the place of the right. */
const rivals: readonly (readonly [given: readonly string[], replaced: readonly string[]])[] = [
  [['connectionString', 'host', 'port'], ['hosts']],
  [
    ['connectionString', 'hosts'],
    ['host', 'port'],
  ],
  [['recycling.maxLifetimeMs'], ['maxLifetimeSeconds']],
  [['maxLifetimeSeconds'], ['recycling.maxLifetimeMs']],
  [['leakDetection.afterMs'], ['health.thresholds.leasedMs']],
  [['health.thresholds.leasedMs'], ['leakDetection.afterMs']],
]

/**
 * The options of a pool over those that it shares: its own win one by one, also within sections.
 * `undefined` counts as not given. Neither is changed. A connection string that cannot be read goes to
 * `problems`.
 */
export function layOver(
  defaults: HealthAwarePoolOptions,
  own: HealthAwarePoolOptions,
  problems: OptionProblems,
): HealthAwarePoolOptions {
  let under = copyOf(defaults)
  if (own.connectionString === undefined && namedByString.some((name) => isGiven(own, name))) {
    under = withoutString(under, problems)
  }
  for (const [given, replaced] of rivals) {
    if (!given.some((path) => isGiven(own, path))) continue
    for (const path of replaced) under = without(under, path.split('.'))
  }
  return merge(under, copyOf(own), true)
}

/** pg hides the password from enumeration in a pool's options, which may be what is given here. */
function copyOf(options: HealthAwarePoolOptions): Options {
  return 'password' in options ? { ...options, password: options.password } : { ...options }
}

function isGiven(options: object, path: string): boolean {
  return peek(options, ...path.split('.')) !== undefined
}

function withoutString(options: Options, problems: OptionProblems): Options {
  const { connectionString, ...others } = options
  if (typeof connectionString !== 'string') return options
  try {
    return { ...others, ...parse(connectionString) }
  } catch {
    problems.add('connectionString', connectionString, 'one that can be read')
    return others
  }
}

function without(options: Options, [name = '', ...rest]: readonly string[]): Options {
  const { [name]: inner, ...others } = options
  if (rest.length === 0) return others
  return isObject(inner) ? { ...others, [name]: withoutInner(inner, rest) } : options
}

/** A section that cannot be read stays as it is, and is reported as such later on. */
function withoutInner(section: Options, path: readonly string[]): Options {
  try {
    return without(section, path)
  } catch {
    return section
  }
}

/** What is over wins as it is where it cannot be read, and is reported as well. */
function mergeSections(under: Options, over: Options): Options {
  try {
    return merge(under, over, false)
  } catch {
    return over
  }
}

function merge(under: Options, over: Options, isTop: boolean): Options {
  const merged = new Map<string, unknown>(Object.entries(under))
  for (const [name, value] of Object.entries(over)) {
    if (value === undefined) continue
    const below = merged.get(name)
    const isMerged = (!isTop || sections.has(name)) && isObject(value) && isObject(below)
    merged.set(name, isMerged ? mergeSections(below, value) : value)
  }
  return Object.fromEntries(merged) // by which `__proto__` is a key like any other
}

function isObject(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !isList(value)
}
