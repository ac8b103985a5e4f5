import type { OptionProblems } from '@hale/core'

/** Options as they were given, each read once. */
export type GivenOptions = Readonly<Record<string, unknown>>

/**
 * A copy of the options' own, as pg.Pool makes one, for which each is read once: what is checked is what is
 * used. The password is taken along although pg hides it from enumeration. What cannot be read, or would
 * put another prototype in the place of the copy's, goes to `problems`, with paths under `path`.
 */
export function copyOptions(
  options: unknown,
  problems: OptionProblems,
  path: string = '',
): GivenOptions {
  const copy: Record<PropertyKey, unknown> = {}
  if (options === undefined) return copy
  if (typeof options !== 'object' || options === null) {
    problems.add(path === '' ? 'options' : path, options, 'an object')
    return copy
  }
  const under = path === '' ? '' : `${path}.`
  for (const key of keysOf(options, problems, path)) {
    const option = `${under}${String(key)}`
    if (key === '__proto__') problems.add(option, {}, 'nothing, because it is no option')
    else {
      try {
        copy[key] = Reflect.get(options, key)
      } catch {
        problems.add(option, undefined, 'a readable value')
      }
    }
  }
  return copy
}

function keysOf(
  options: object,
  problems: OptionProblems,
  path: string,
): readonly (string | symbol)[] {
  try {
    const own = Reflect.ownKeys(options).filter(
      (key) => Reflect.getOwnPropertyDescriptor(options, key)?.enumerable === true,
    )
    return 'password' in options && !own.includes('password') ? [...own, 'password'] : own
  } catch {
    problems.add(path === '' ? 'options' : path, options, 'a plain object')
    return []
  }
}

/** Whether a value is a list, a proxy that was revoked being none. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

/** An option within a section, without a word on what is wrong with either. */
export function peek(section: unknown, ...path: readonly string[]): unknown {
  let value = section
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined
    try {
      value = Reflect.get(value, name)
    } catch {
      return undefined
    }
  }
  return value
}
