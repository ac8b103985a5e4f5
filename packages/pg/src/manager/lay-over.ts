import { parse } from 'pg-connection-string'
import type { HealthAwarePoolOptions } from '../options.ts'

type Options = Readonly<Record<string, unknown>>

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
 * `undefined` counts as not given. Neither is changed.
 */
export function layOver(
  defaults: HealthAwarePoolOptions,
  own: HealthAwarePoolOptions,
): HealthAwarePoolOptions {
  let under = copyOf(defaults)
  if (own.connectionString === undefined && namedByString.some((name) => isGiven(own, name))) {
    under = withoutString(under)
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
  let value: unknown = options
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined
  return value !== undefined
}

function withoutString(options: Options): Options {
  const { connectionString, ...others } = options
  return typeof connectionString === 'string' ? { ...others, ...parse(connectionString) } : options
}

function without(options: Options, [name = '', ...rest]: readonly string[]): Options {
  const { [name]: inner, ...others } = options
  if (rest.length === 0) return others
  return isObject(inner) ? { ...others, [name]: without(inner, rest) } : options
}

function merge(under: Options, over: Options, isTop: boolean): Options {
  const merged: Record<string, unknown> = { ...under }
  for (const [name, value] of Object.entries(over)) {
    if (value === undefined) continue
    const below = merged[name]
    const isMerged = (!isTop || sections.has(name)) && isObject(value) && isObject(below)
    merged[name] = isMerged ? merge(below, value, false) : value
  }
  return merged
}

function isObject(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
