import { type OptionProblems, OptionReader } from '@hale/core'
import type { CallSiteMode } from './pool/call-site-sampling.ts'
import { type Hygiene, hygieneLevels } from './pool/hygiene.ts'
import {
  resolveSentinel,
  type SentinelOptions,
  type SentinelPolicy,
  sentinelDefaults,
} from './sentinel/sentinel-options.ts'

/** How openings that fail are met. */
export interface OpeningOptions {
  /**
   * How long in ms openings may fail, while no connection is heard of, until callers are told at once
   * with `HALE_SERVER_UNAVAILABLE` instead of waiting for their deadlines; `false` never tells them
   * sooner. Three failures in a row at least. Whoever waits already goes on waiting. 100 to 3_600_000.
   * @default 10_000
   */
  readonly outageToleranceMs?: number | false
  /**
   * Whether a host name that does not resolve is a permanent error, told at once. Otherwise it is an
   * outage: names vanish for a while when a cluster fails over.
   * @default false
   */
  readonly strictHost?: boolean
  /**
   * Whether it is told at once, as in pg.Pool, that no server answers, as long as none ever has: most likely
   * the address is wrong. Otherwise callers wait for one until their deadline. With several `hosts` they
   * always do.
   * @default `true` where `connectionTimeoutMillis` is left out, so that nobody asked to wait; else `false`
   */
  readonly strictStart?: boolean
}

/** How leases that are never released are found. */
export interface LeakDetectionOptions {
  /**
   * How long in ms a client may be held until that is taken for a leak, if it was quiet for the last
   * tenth of it; `false` looks for none. A holder that listens (LISTEN) is none. Sets
   * `health.thresholds.leasedMs.warning`. 10 to 86_400_000.
   * @default 60_000
   */
  readonly afterMs?: number | false
  /**
   * Which leases have their call sites noted: `'sampled'` notes few as long as nothing leaks, and every
   * one for ten minutes after a leak was seen; `'always'` costs about 6 µs per lease.
   * @default 'sampled'
   */
  readonly callSites?: CallSiteMode
  /**
   * Whether a leaked connection is closed, so that its slot is free again. Never while a statement of
   * its holder runs. An open transaction is lost with it, which nobody was told had succeeded. What its
   * holder does with the client later is rejected.
   * @default false
   */
  readonly reclaim?: boolean
}

/** What the pool does beside lending. */
export interface PoolPolicyOptions {
  readonly opening?: OpeningOptions
  readonly leakDetection?: LeakDetectionOptions
  /**
   * What of a session's state is reset at release, one level or several; `false` for none. Costs one
   * round trip off the holder's path, after each lease that sent anything.
   * @default false
   */
  readonly hygiene?: Hygiene | readonly Hygiene[] | false
  /**
   * How long in ms `end()` waits for clients to be released, until it closes them under their holders;
   * `false` waits for ever, as pg does. 0 to 3_600_000.
   * @default 30_000
   */
  readonly endTimeoutMs?: number | false
  /**
   * A session of its own, beside the pool's slots, that asks the server what it knows of the pool's
   * connections: who blocks whom, what runs, whether a silent statement still does; `false` for none. Then
   * a statement on a link that goes silent ends by the caller's own timeout.
   */
  readonly sentinel?: SentinelOptions | false
}

/** {@link PoolPolicyOptions} with nothing left open. */
export interface PoolPolicy {
  readonly opening: Readonly<Required<OpeningOptions>>
  readonly leakDetection: Readonly<Required<LeakDetectionOptions>>
  readonly hygiene: readonly Hygiene[]
  readonly endTimeoutMs: number | false
  readonly sentinel: SentinelPolicy | false
}

/** Each value with its reason. */
export const poolPolicyDefaults: PoolPolicy = Object.freeze({
  opening: Object.freeze({
    outageToleranceMs: 10_000, // a restart takes seconds; what lasts longer, callers had better know of
    strictHost: false, // a record that is missing for a moment is part of many a failover
    strictStart: true, // a wrong address shows at once; whoever gives a deadline asks to wait
  }),
  leakDetection: Object.freeze({
    afterMs: 60_000, // twice the acquire deadline: whoever waited for it has long given up
    callSites: 'sampled', // 6 ns per lease
    reclaim: false, // it ends a session that somebody may still mean to use
  }),
  hygiene: Object.freeze([]), // pg-pool resets nothing either, and a round trip per lease is dear
  endTimeoutMs: 30_000, // what orchestrators give a process to end
  sentinel: sentinelDefaults, // one session per process, so that dead links are found in seconds
} satisfies PoolPolicy)

/** The policy with defaults filled in, frozen. Everything that is wrong goes to `problems`. */
export function resolvePoolPolicy(options: object, problems: OptionProblems): PoolPolicy {
  const defaults = poolPolicyDefaults
  const reader = new OptionReader('', options, problems)
  const opening = reader.section('opening')
  const leaks = reader.section('leakDetection')
  const policy: PoolPolicy = {
    opening: Object.freeze({
      outageToleranceMs: opening.numberOrOff(
        'outageToleranceMs',
        { min: 100, max: 3_600_000 },
        defaults.opening.outageToleranceMs,
      ),
      strictHost: opening.boolean('strictHost', defaults.opening.strictHost),
      strictStart: opening.boolean(
        'strictStart',
        !hasDeadline(options) && defaults.opening.strictStart,
      ),
    }),
    leakDetection: Object.freeze({
      afterMs: leaks.numberOrOff(
        'afterMs',
        { min: 10, max: 86_400_000 },
        defaults.leakDetection.afterMs,
      ),
      callSites: leaks.oneOfOrOff(
        'callSites',
        ['sampled', 'always'],
        defaults.leakDetection.callSites,
      ),
      reclaim: leaks.boolean('reclaim', defaults.leakDetection.reclaim),
    }),
    hygiene: reader.someOf('hygiene', hygieneLevels, defaults.hygiene),
    endTimeoutMs: reader.numberOrOff(
      'endTimeoutMs',
      { min: 0, max: 3_600_000 },
      defaults.endTimeoutMs,
    ),
    sentinel: resolveSentinel(reader),
  }
  opening.rejectUnknown()
  leaks.rejectUnknown()
  return Object.freeze(policy)
}

/** Whether the caller said how long to wait for a connection. */
function hasDeadline(options: object): boolean {
  return (
    (options as { readonly connectionTimeoutMillis?: unknown }).connectionTimeoutMillis !==
    undefined
  )
}
