import { HealthError, OptionProblems, OptionsError } from '@hale/core'
import { HealthAwarePool } from '@hale/pg'
import { npmVersion } from 'drizzle-orm/version'

/** The drizzle-orm that is installed belongs to another entry of this package: the message names it. */
export class UnsupportedDrizzleError extends HealthError {
  override readonly name = 'UnsupportedDrizzleError'
  readonly code = 'HALE_UNSUPPORTED'
  /** The version of drizzle-orm that was found. */
  readonly version: string
  constructor(version: string, entry: string) {
    super(`drizzle-orm ${version} needs another entry: import { drizzle } from '${entry}'`)
    this.version = version
  }
}

/** @throws {UnsupportedDrizzleError} when the installed drizzle-orm is not of that major */
export function requireDrizzle(major: 0 | 1): void {
  if (npmVersion.startsWith('0.') === (major === 0)) return
  throw new UnsupportedDrizzleError(npmVersion, major === 0 ? '@hale/drizzle/v1' : '@hale/drizzle')
}

/**
 * The `client` of a config of Drizzle's, which has to be a HealthAwarePool; `expected` is how to give it.
 * @throws {OptionsError} where it is none: Drizzle would silently make a pool of its own
 */
export function requirePool(config: unknown, expected: string): HealthAwarePool {
  const isConfig = typeof config === 'object' && config !== null && 'client' in config
  const client: unknown = isConfig ? config.client : config
  if (isConfig && client instanceof HealthAwarePool) return client
  const problems = new OptionProblems()
  problems.add('client', client, expected, true) // a text is a connection string, however it is written
  throw new OptionsError(problems.all)
}
