import {
  type Health,
  type HealthOptions,
  OptionProblems,
  OptionReader,
  type Recycling,
  type RecyclingOptions,
  resolveHealthOptions,
  resolveRecyclingOptions,
} from '@hale/core'
import type pg from 'pg'
import { clientConfig } from './client-config.ts'
import { copyOptions, type GivenOptions, peek } from './option-copy.ts'
import { type PoolPolicy, type PoolPolicyOptions, resolvePoolPolicy } from './pool-policy.ts'
import {
  resolveTargetServer,
  type ServerAddress,
  type TargetServer,
  type TargetServerOptions,
} from './target-server.ts'

/**
 * Everything that `pg.Pool` takes, with its meaning, and some of Hale's own. Options that neither
 * knows go to the client untouched, as in pg.
 */
export interface HealthAwarePoolOptions
  extends pg.PoolConfig,
    PoolPolicyOptions,
    TargetServerOptions {
  /** How connections are watched and judged. */
  readonly health?: HealthOptions
  /** When connections are replaced. */
  readonly recycling?: RecyclingOptions
}

/** Values that differ from pg's own. */
export const poolDefaults: Readonly<{ connectionTimeoutMillis: number }> = {
  connectionTimeoutMillis: 30_000, // pg waits for ever: a caller that hangs is worse than one that fails
}

export interface ResolvedPoolOptions {
  /**
   * What pg.Pool's constructor gets: a copy, with Hale's defaults. Where hosts are given it names the
   * first, and no connection string.
   */
  readonly config: pg.PoolConfig
  readonly health: Health
  readonly recycling: Recycling
  readonly policy: PoolPolicy
  readonly target: TargetServer
}

/** What goes to the server as it is when a session begins. */
const startupTexts = [
  'application_name',
  'client_encoding',
  'database',
  'fallback_application_name',
  'options',
  'user',
]

/**
 * `Client` counts as the option of that name.
 * @throws {OptionsError} that names every problem at once
 */
export function resolvePoolOptions(options: unknown, Client?: unknown): ResolvedPoolOptions {
  const problems = new OptionProblems()
  const given = copyOptions(options, problems)
  const all = Client === undefined ? given : { ...given, Client }
  const resolved = resolveCopy(all, problems)
  const [first] = resolved.target.hosts
  const config = configOf(all, first, problems)
  problems.throwIfAny()
  return { ...resolved, config }
}

function resolveCopy(
  given: GivenOptions,
  problems: OptionProblems,
): Omit<ResolvedPoolOptions, 'config'> {
  const maxLifetimeSeconds = checkPgOptions(given, problems)
  const policy = resolvePoolPolicy(given, problems)
  const target = resolveTargetServer(given, problems)
  const health = resolveHealthOptions(given['health'], problems)
  const recycling = resolveRecyclingOptions(given['recycling'], problems)
  const ownLifetime = peek(given, 'recycling', 'maxLifetimeMs')
  if (maxLifetimeSeconds !== undefined && ownLifetime !== undefined) {
    problems.add(
      'recycling.maxLifetimeMs',
      ownLifetime,
      'nothing, because maxLifetimeSeconds is given too',
    )
  }
  const ownLimit = peek(given, 'health', 'thresholds', 'leasedMs')
  if (peek(given, 'leakDetection', 'afterMs') !== undefined && ownLimit !== undefined) {
    problems.add(
      'health.thresholds.leasedMs',
      ownLimit,
      'nothing, because leakDetection.afterMs is given too',
    )
  }
  return {
    ...withLeakLimit(health, policy, ownLimit !== undefined),
    recycling: withPgLifetime(recycling, maxLifetimeSeconds),
    target,
  }
}

/** What pg takes over unchecked. Returns `maxLifetimeSeconds`, where it is given. */
function checkPgOptions(given: GivenOptions, problems: OptionProblems): number | undefined {
  const reader = new OptionReader('', given, problems)
  const max = reader.number('max', { min: 1, integer: true }, 10)
  const min = reader.number('min', { min: 0, integer: true }, 0)
  if (min > max) problems.add('min', min, `at most max, which is ${max}`)
  const maxLifetimeSeconds = reader.number('maxLifetimeSeconds', { min: 0 }, 0)
  reader.number('connectionTimeoutMillis', { min: 0 }, poolDefaults.connectionTimeoutMillis)
  reader.boolean('allowExitOnIdle', false)
  for (const name of ['Client', 'onConnect', 'verify', 'log', 'Promise']) reader.callback(name)
  for (const name of startupTexts) {
    const text = given[name]
    if (typeof text === 'string' && text.includes('\0')) reader.text(name)
  }
  const { maxUses, idleTimeoutMillis } = given
  if (maxUses !== undefined && maxUses !== Number.POSITIVE_INFINITY) {
    reader.number('maxUses', { min: 1, integer: true }, 1)
  }
  if (idleTimeoutMillis !== null) reader.number('idleTimeoutMillis', { min: 0 }, 0)
  return given['maxLifetimeSeconds'] === undefined ? undefined : maxLifetimeSeconds
}

/** What pg.Pool's constructor gets, which is to throw nothing of its own. */
function configOf(
  given: GivenOptions,
  first: ServerAddress | undefined,
  problems: OptionProblems,
): pg.PoolConfig {
  const config: pg.PoolConfig = Object.assign({}, poolDefaults, given)
  if (!isKeyHidable(config.ssl)) {
    problems.add('ssl', config.ssl, 'an object whose key pg can hide, so none that is frozen')
  }
  try {
    return clientConfig(config, first)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // as of a file that it names
    const why = typeof code === 'string' ? ` (${code})` : ''
    problems.add('connectionString', config.connectionString, `one that can be read${why}`)
    return config
  }
}

/** pg hides `ssl.key` from enumeration in the very object that it is given. */
function isKeyHidable(ssl: unknown): boolean {
  if (typeof ssl !== 'object' || ssl === null) return true
  try {
    if (!Reflect.get(ssl, 'key')) return true
    const key = Reflect.getOwnPropertyDescriptor(ssl, 'key')
    if (key === undefined) return Reflect.isExtensible(ssl)
    return key.configurable === true || key.enumerable === false
  } catch {
    return false
  }
}

/**
 * Checks what a pool is to be made of later.
 * @throws {OptionsError} as the pool's constructor would
 */
export function requirePoolOptions(options: HealthAwarePoolOptions): void {
  resolvePoolOptions(options)
}

/** One limit for leaks, whichever way it was given. */
function withLeakLimit(
  health: Health,
  policy: PoolPolicy,
  isOwn: boolean,
): { readonly health: Health; readonly policy: PoolPolicy } {
  const { leakDetection } = policy
  if (isOwn) {
    const { warning, critical } = health.thresholds.leasedMs
    const afterMs = warning === false ? critical : warning
    return { health, policy: { ...policy, leakDetection: { ...leakDetection, afterMs } } }
  }
  const leasedMs = { warning: leakDetection.afterMs, critical: false } as const
  return { health: { ...health, thresholds: { ...health.thresholds, leasedMs } }, policy }
}

/** pg's own option wins where it is given: in seconds, and 0 for no limit. */
function withPgLifetime(recycling: Recycling, seconds: number | undefined): Recycling {
  if (seconds === undefined) return recycling
  return Object.freeze({ ...recycling, maxLifetimeMs: seconds === 0 ? false : seconds * 1_000 })
}
