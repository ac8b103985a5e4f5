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
import { type PoolPolicy, type PoolPolicyOptions, resolvePoolPolicy } from './pool-policy.ts'
import {
  resolveTargetServer,
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

/** @throws {OptionsError} that names every problem at once */
export function resolvePoolOptions(options: unknown): ResolvedPoolOptions {
  const problems = new OptionProblems()
  const reader = new OptionReader('', options, problems)
  const max = reader.number('max', { min: 1, integer: true }, 10)
  const min = reader.number('min', { min: 0, integer: true }, 0)
  if (min > max) problems.add('min', min, `at most max, which is ${max}`)
  const maxLifetimeSeconds = reader.number('maxLifetimeSeconds', { min: 0 }, 0)
  reader.number('connectionTimeoutMillis', { min: 0 }, poolDefaults.connectionTimeoutMillis)
  reader.boolean('allowExitOnIdle', false)
  for (const name of ['Client', 'onConnect', 'verify', 'log', 'Promise']) reader.callback(name)

  const given = (
    typeof options === 'object' && options !== null ? options : {}
  ) as HealthAwarePoolOptions
  const { maxUses, idleTimeoutMillis } = given
  if (maxUses !== undefined && maxUses !== Number.POSITIVE_INFINITY) {
    reader.number('maxUses', { min: 1, integer: true }, 1)
  }
  if (idleTimeoutMillis !== null) reader.number('idleTimeoutMillis', { min: 0 }, 0)

  const policy = resolvePoolPolicy(given, problems)
  const target = resolveTargetServer(given, problems)
  const health = resolveHealthOptions(given.health, problems)
  const recycling = resolveRecyclingOptions(given.recycling, problems)
  const ownLifetime = given.recycling?.maxLifetimeMs
  if (given.maxLifetimeSeconds !== undefined && ownLifetime !== undefined) {
    problems.add(
      'recycling.maxLifetimeMs',
      ownLifetime,
      'nothing, because maxLifetimeSeconds is given too',
    )
  }
  const ownLimit = given.health?.thresholds?.leasedMs
  if (given.leakDetection?.afterMs !== undefined && ownLimit !== undefined) {
    problems.add(
      'health.thresholds.leasedMs',
      ownLimit,
      'nothing, because leakDetection.afterMs is given too',
    )
  }
  problems.throwIfAny()

  const config: pg.PoolConfig = Object.assign({}, poolDefaults, given)
  // pg hides the password from enumeration, so that a copy of a pool's options would lose it
  if ('password' in given) config.password = given.password
  const [first] = target.hosts
  return {
    config: clientConfig(config, first),
    ...withLeakLimit(health, policy, ownLimit !== undefined),
    recycling: withPgLifetime(recycling, given, maxLifetimeSeconds),
    target,
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
function withPgLifetime(
  recycling: Recycling,
  { maxLifetimeSeconds }: HealthAwarePoolOptions,
  seconds: number,
): Recycling {
  if (maxLifetimeSeconds === undefined) return recycling
  return Object.freeze({ ...recycling, maxLifetimeMs: seconds === 0 ? false : seconds * 1_000 })
}
