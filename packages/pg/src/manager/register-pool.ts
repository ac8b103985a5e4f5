import { isPlainObject, OptionProblems } from '@hale/core'
import { HealthAwarePool } from '../health-aware-pool.ts'
import { copyOptions } from '../option-copy.ts'
import type { HealthAwarePoolOptions } from '../options.ts'
import { layOver } from './lay-over.ts'
import { throwTogether } from './manager-options.ts'
import {
  forRole,
  type ManagedPoolOptions,
  type Place,
  type PoolPlacement,
  readPlace,
} from './placement.ts'

export interface Registration {
  readonly name: string
  readonly given: ManagedPoolOptions | HealthAwarePool
  /** `undefined` to take it from the options. */
  readonly placement: PoolPlacement | undefined
}

/** What is there already. */
export interface Registered {
  readonly pools: ReadonlyMap<string, HealthAwarePool>
  primaryOf(group: string): string | undefined
}

/**
 * The pool that is to be registered, made only when nothing is wrong with any of it, and its place.
 * @throws {OptionsError} that names every problem at once
 */
export function createRegistered(
  { name, given, placement }: Registration,
  { pools, primaryOf }: Registered,
  defaults: HealthAwarePoolOptions,
): { readonly pool: HealthAwarePool; readonly place: Place } {
  const problems = new OptionProblems()
  if (typeof name !== 'string' || name === '')
    problems.add('name', name, 'a text that is not empty')
  if (pools.has(name)) problems.add('name', name, 'a name that is not registered yet')
  const isPool = isPoolOfOurs(given)
  if (!isPool && !isPlainObject(given)) {
    problems.fail('options', given, 'a HealthAwarePool, or a plain object of its options')
  }
  const { role, group, ...own } = isPool ? {} : copyOptions(given, problems)
  const placed = copyOptions(placement, problems, 'placement')
  const place = readPlace(name, { role, group, ...placed }, problems)
  const primary = place.role === 'primary' ? primaryOf(place.group) : undefined
  if (primary !== undefined) {
    problems.add('role', 'primary', `one primary in group ${place.group}, which is ${primary}`)
  }
  if (isPool) {
    if ([...pools.values()].includes(given)) {
      problems.add('pool', name, 'a pool that is not registered yet')
    }
    problems.throwIfAny()
    return { pool: given, place }
  }
  const options = forRole(layOver(defaults, own, problems), place.role)
  if (problems.all.length > 0) throwTogether(problems, '', options)
  return { pool: new HealthAwarePool(options), place }
}

function isPoolOfOurs(given: unknown): given is HealthAwarePool {
  try {
    return given instanceof HealthAwarePool
  } catch {
    return false // a proxy whose trap throws, or that was revoked
  }
}
