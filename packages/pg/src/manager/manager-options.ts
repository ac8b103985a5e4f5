import { OptionProblems, OptionReader, OptionsError } from '@hale/core'
import { copyOptions } from '../option-copy.ts'
import { type HealthAwarePoolOptions, resolvePoolOptions } from '../options.ts'

/**
 * What `replica()` gives when no replica is fit.
 *
 * - `primary`: the group's primary; where that does not serve either, a replica that is too far behind
 * - `any`: a replica that is too far behind, and the primary only when no replica serves at all
 * - `error`: nothing: it throws a {@link NoReplicaError}
 */
export type ReplicaFallback = 'primary' | 'any' | 'error'

/** What the pools of a manager have in common, and how it chooses among replicas. */
export interface ManagerOptions {
  /**
   * What every `register(name, options)` starts from. Options of a pool win one by one, also within
   * `health`, `recycling`, `opening`, `leakDetection` and `sentinel`; `false` wins like any other value.
   * Where a pool names its server in other words than the defaults do, as by `host` instead of
   * `connectionString`, its own hold and the rest stays. Pools that are registered ready-made get none.
   */
  readonly defaults?: HealthAwarePoolOptions
  /** What `replica()` gives when no replica is fit. @default 'primary' */
  readonly replicaFallback?: ReplicaFallback
  /**
   * How far in ms a replica may be behind its primary; one that is further behind is not chosen until it is
   * at most half as far. `false` for no limit. A replica whose lag is not known counts as near enough.
   * 1 to 86_400_000.
   * @default 30_000
   */
  readonly maxReplicaLagMs?: number | false
}

/** How replicas are chosen, with nothing left open. */
export interface ReplicaPolicy {
  readonly replicaFallback: ReplicaFallback
  readonly maxReplicaLagMs: number | false
}

/** Each value with its reason. */
export const managerDefaults: ReplicaPolicy = Object.freeze({
  replicaFallback: 'primary', // a read that works is what its caller asked for
  maxReplicaLagMs: 30_000, // max_standby_streaming_delay: what a sound standby may wait for its own queries
} satisfies ReplicaPolicy)

const fallbacks: readonly ReplicaFallback[] = ['primary', 'any', 'error']

/** @throws {OptionsError} that names every problem at once, those of `defaults` as in `defaults.max` */
export function resolveManagerOptions(
  options: unknown,
): ReplicaPolicy & { readonly defaults: HealthAwarePoolOptions } {
  const problems = new OptionProblems()
  const given = copyOptions(options, problems)
  const reader = new OptionReader('', given, problems)
  const policy: ReplicaPolicy = {
    replicaFallback: reader.oneOf('replicaFallback', fallbacks, managerDefaults.replicaFallback),
    maxReplicaLagMs: reader.numberOrOff(
      'maxReplicaLagMs',
      { min: 1, max: 86_400_000 },
      managerDefaults.maxReplicaLagMs,
    ),
  }
  reader.rejectUnknown(['defaults'])
  const defaults: HealthAwarePoolOptions = copyOptions(given['defaults'], problems, 'defaults')
  throwTogether(problems, 'defaults', defaults)
  return Object.freeze({ ...policy, defaults })
}

/**
 * Checks the options of a pool without making one: what is wrong with them is told together with what
 * else is. @throws {OptionsError}
 */
export function throwTogether(problems: OptionProblems, path: string, poolOptions: unknown): void {
  try {
    resolvePoolOptions(poolOptions)
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    const under = error.problems.map((problem) => ({
      ...problem,
      option: path === '' ? problem.option : `${path}.${problem.option}`,
    }))
    throw new OptionsError([...problems.all, ...under])
  }
  problems.throwIfAny()
}
