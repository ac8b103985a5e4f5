import type { OptionProblems } from './option-problems.ts'
import { OptionReader } from './option-reader.ts'

/** Whether verdicts are carried out or only published. */
export type HealthMode = 'enforce' | 'observe'

/** When a connection counts as slower than its peers. Both conditions must hold. */
export interface LatencyOptions {
  /**
   * A connection's floor (its smallest recent round trip) must exceed this many times its peers'
   * median floor. 1.2 to 1_000.
   * @default 4
   */
  readonly ratio?: number
  /**
   * … and exceed that median by this many ms, so that a pool on localhost does not judge
   * microseconds. 0 to 60_000.
   * @default 20
   */
  readonly marginMs?: number
}

/** How connections are watched. */
export interface HealthOptions {
  /**
   * `enforce` replaces connections that are found faulty. `observe` publishes verdicts that rest on
   * statistics and carries none of them out; connections that are dead are replaced in either mode.
   * @default 'enforce'
   */
  readonly mode?: HealthMode
  /**
   * An idle connection that was heard of within this many ms is lent without a check. 0 to 600_000;
   * 0 checks before every lease that does not follow at once.
   * @default 500
   */
  readonly bypassWindowMs?: number
  /**
   * How long in ms an empty query may take, in a check before a lease or in a probe, until the
   * connection counts as unresponsive. 10 to 60_000.
   * @default 1_000
   */
  readonly probeTimeoutMs?: number
  /**
   * An idle connection that was silent for so many ms is probed; `false` probes only suspects.
   * 50 to 3_600_000.
   * @default 5_000
   */
  readonly probeIntervalMs?: number | false
  /**
   * A suspect connection is probed this often in ms while it is idle. 10 to 60_000.
   * @default 500
   */
  readonly suspectProbeIntervalMs?: number
  /**
   * How often in ms the pool looks at all of its connections. 50 to 60_000.
   * @default 250
   */
  readonly sweepIntervalMs?: number
  readonly latency?: LatencyOptions
  /**
   * How long in ms rolling back or cancelling may take at release, until the connection is closed
   * instead. 10 to 600_000.
   * @default 5_000
   */
  readonly cleanupTimeoutMs?: number
}

/** {@link LatencyOptions} with nothing left open. */
export type Latency = Readonly<Required<LatencyOptions>>

/** {@link HealthOptions} with nothing left open. */
export type Health = Readonly<Required<Omit<HealthOptions, 'latency'>>> & {
  readonly latency: Latency
}

/** Each value with its reason. */
export const healthDefaults: Health = Object.freeze({
  mode: 'enforce', // healing is what the pool is for; observe is for trying it out
  bypassWindowMs: 500, // HikariCP's aliveBypassWindow: a busy pool never pays for a check
  probeTimeoutMs: 1_000, // far above any round trip, far below a caller's patience
  probeIntervalMs: 5_000, // finds a black hole before most callers do, for 0.2 queries/s
  suspectProbeIntervalMs: 500, // five round trips, enough for a floor, in 2.5 s
  sweepIntervalMs: 250, // a verdict is carried out within a quarter of a second
  latency: Object.freeze({
    ratio: 4, // link jitter and a cold cache stay below; a detour over another region does not
    marginMs: 20, // what a person would notice; below it, replacing costs more than it gains
  }),
  cleanupTimeoutMs: 5_000, // a rollback takes ms; what takes longer is stuck
} satisfies Health)

/**
 * The options with defaults filled in, frozen. Everything that is wrong goes to `problems` with
 * paths under `health`; the result is then only good for finding more problems.
 */
export function resolveHealthOptions(options: unknown, problems: OptionProblems): Health {
  const defaults = healthDefaults
  const reader = new OptionReader('health', options, problems)
  const health: Health = {
    mode: reader.oneOf('mode', ['enforce', 'observe'], defaults.mode),
    bypassWindowMs: reader.number(
      'bypassWindowMs',
      { min: 0, max: 600_000 },
      defaults.bypassWindowMs,
    ),
    probeTimeoutMs: reader.number(
      'probeTimeoutMs',
      { min: 10, max: 60_000 },
      defaults.probeTimeoutMs,
    ),
    probeIntervalMs: reader.numberOrOff(
      'probeIntervalMs',
      { min: 50, max: 3_600_000 },
      defaults.probeIntervalMs,
    ),
    suspectProbeIntervalMs: reader.number(
      'suspectProbeIntervalMs',
      { min: 10, max: 60_000 },
      defaults.suspectProbeIntervalMs,
    ),
    sweepIntervalMs: reader.number(
      'sweepIntervalMs',
      { min: 50, max: 60_000 },
      defaults.sweepIntervalMs,
    ),
    latency: resolveLatency(reader.section('latency'), defaults.latency),
    cleanupTimeoutMs: reader.number(
      'cleanupTimeoutMs',
      { min: 10, max: 600_000 },
      defaults.cleanupTimeoutMs,
    ),
  }
  reader.rejectUnknown()
  return Object.freeze(health)
}

function resolveLatency(reader: OptionReader, defaults: Latency): Latency {
  const latency: Latency = {
    ratio: reader.number('ratio', { min: 1.2, max: 1_000 }, defaults.ratio),
    marginMs: reader.number('marginMs', { min: 0, max: 60_000 }, defaults.marginMs),
  }
  reader.rejectUnknown()
  return Object.freeze(latency)
}
