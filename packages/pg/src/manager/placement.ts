import { type OptionProblems, OptionReader } from '@hale/core'
import { isList, peek } from '../option-copy.ts'
import type { HealthAwarePoolOptions } from '../options.ts'

/** What a pool is for: writing, or reading what its primary wrote. */
export type PoolRole = 'primary' | 'replica'

/** Where a pool belongs in a manager. */
export interface PoolPlacement {
  /**
   * A pool of neither role is found by its name alone. What a server says of itself counts for more: see
   * {@link HealthAwareConnectionManager.primary}.
   * @default 'primary' for the name `primary`, none for every other
   */
  readonly role?: PoolRole
  /** A primary and its replicas have a group of their own; one primary in each. @default 'default' */
  readonly group?: string
}

/**
 * Options of a pool, and its place in the manager. A replica keeps one connection open (`min` is 1 unless it
 * is given), because nothing is known of a server that nobody is connected to. Where `hosts` names several
 * servers the role says which of them: `targetSessionAttrs` is `'read-write'` or `'standby'` unless it is given.
 */
export interface ManagedPoolOptions extends HealthAwarePoolOptions, PoolPlacement {}

/** A placement with nothing left open but the role, which a pool need not have. */
export interface Place {
  readonly role: PoolRole | undefined
  readonly group: string
}

/** Everything that is wrong goes to `problems`. */
export function readPlace(name: unknown, placement: object, problems: OptionProblems): Place {
  const reader = new OptionReader('', placement, problems)
  // of the two, a wrong role is taken for the one that nothing else can be wrong with
  const given = reader.oneOf<PoolRole>('role', ['primary', 'replica'], 'replica')
  const isGiven = 'role' in placement && placement.role !== undefined
  const byName = name === 'primary' ? 'primary' : undefined
  return { role: isGiven ? given : byName, group: reader.text('group') ?? 'default' }
}

const attrsOf = { primary: 'read-write', replica: 'standby' } as const

/** The options with what its role makes of them where they leave it open. */
export function forRole(
  options: HealthAwarePoolOptions,
  role: PoolRole | undefined,
): HealthAwarePoolOptions {
  if (role === undefined) return options
  const { hosts } = options
  const isSearched = isList(hosts) && Number(peek(hosts, 'length')) > 1
  return {
    ...(role === 'replica' && { min: 1 }),
    ...(isSearched && { targetSessionAttrs: attrsOf[role] }),
    ...options,
  }
}
