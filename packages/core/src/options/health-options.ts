import type { OptionProblems } from './option-problems.ts'
import { type NumberRange, OptionReader } from './option-reader.ts'
import {
  resolveThresholds,
  type ThresholdOptions,
  type Thresholds,
  thresholdDefaults,
} from './threshold-options.ts'

/** Whether verdicts are carried out or only published. */
export type HealthMode = 'enforce' | 'observe'

/**
 * When a suspect loses a pair of probes, which it and a sound connection answer at the same time:
 * if its round trip exceeds `ratio` times the other one's plus `marginMs`. A suspect that goes on
 * losing is replaced.
 */
export interface LatencyOptions {
  /**
   * Times the reference's round trip. 1 to 1_000.
   * @default 1.2
   */
  readonly ratio?: number
  /**
   * Added to that, in ms. 0 to 60_000.
   * @default 0.2
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
   * connection counts as unresponsive. One that took longer to open is given as long as that, up to
   * 4 s, because its link is slow. 10 to 60_000.
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
   * How often in ms a connection's backend is asked how much memory it keeps, for the issue
   * `resource_usage` and `recycling.maxBackendMemoryBytes`; `false` never asks. Asked on the
   * connection itself, while it is idle and nobody waits, and not before it is so old and has
   * served. 50 to 3_600_000. Needs PostgreSQL 14 and the privileges of `pg_read_all_stats`.
   * @default 60_000
   */
  readonly memoryIntervalMs?: number | false
  /**
   * How often in ms the pool looks at all of its connections. 50 to 60_000.
   * @default 250
   */
  readonly sweepIntervalMs?: number
  /**
   * Replacements of a sound connection that are accepted per connection and day. Limits on
   * suspicion follow from it and from the traffic: the fewer, the later a bad one is found. 0.001
   * to 100.
   * @default 1
   */
  readonly falseRecyclesPerConnectionDay?: number
  readonly latency?: LatencyOptions
  readonly thresholds?: ThresholdOptions
  /**
   * How long in ms rolling back or cancelling may take at release, until the connection is closed
   * instead. 10 to 600_000.
   * @default 5_000
   */
  readonly cleanupTimeoutMs?: number
  /**
   * How long in ms statements are waited for while the server says nothing, on any connection and to
   * whoever asks it anew: past that they are given up as lost. `false` leaves it to the operating
   * system, which takes a quarter of an hour. 1_000 to 3_600_000.
   * @default 8_000
   */
  readonly unreachableTimeoutMs?: number | false
}

/** {@link LatencyOptions} with nothing left open. */
export type Latency = Readonly<Required<LatencyOptions>>

/** {@link HealthOptions} with nothing left open. */
export type Health = Readonly<Required<Omit<HealthOptions, 'latency' | 'thresholds'>>> & {
  readonly latency: Latency
  readonly thresholds: Thresholds
}

/** Each value with its reason. */
export const healthDefaults: Health = Object.freeze({
  mode: 'enforce', // healing is what the pool is for; observe is for trying it out
  bypassWindowMs: 500, // HikariCP's aliveBypassWindow: a busy pool never pays for a check
  probeTimeoutMs: 1_000, // far above any round trip, far below a caller's patience
  probeIntervalMs: 5_000, // finds a black hole before most callers do, for 0.2 queries/s
  suspectProbeIntervalMs: 500, // five round trips, enough for a floor, in 2.5 s
  memoryIntervalMs: 60_000, // caches grow over hours; counting takes the backend about 1 ms
  sweepIntervalMs: 250, // a verdict is carried out within a quarter of a second
  falseRecyclesPerConnectionDay: 1, // a reconnect a day is not noticed, a slow connection is
  latency: Object.freeze({
    ratio: 1.2, // asked at the same time, two sound connections differ by less most of the time
    marginMs: 0.2, // on localhost a fifth of a round trip is scheduling noise
  }),
  thresholds: thresholdDefaults,
  cleanupTimeoutMs: 5_000, // a rollback takes ms; what takes longer is stuck
  // a stall that ends sooner is waited for, as nothing is gained by giving up; a dead network does not
  // end, and callers that know within 10 s can still tell theirs
  unreachableTimeoutMs: 8_000,
} satisfies Health)

const ranges = {
  bypassWindowMs: { min: 0, max: 600_000 },
  probeTimeoutMs: { min: 10, max: 60_000 },
  suspectProbeIntervalMs: { min: 10, max: 60_000 },
  sweepIntervalMs: { min: 50, max: 60_000 },
  falseRecyclesPerConnectionDay: { min: 0.001, max: 100 },
  cleanupTimeoutMs: { min: 10, max: 600_000 },
} as const satisfies Readonly<Partial<Record<keyof Health, NumberRange>>>

/**
 * The options with defaults filled in, frozen. Everything that is wrong goes to `problems` with
 * paths under `health`; the result is then only good for finding more problems.
 */
export function resolveHealthOptions(options: unknown, problems: OptionProblems): Health {
  const defaults = healthDefaults
  const reader = new OptionReader('health', options, problems)
  const number = (name: keyof typeof ranges): number =>
    reader.number(name, ranges[name], defaults[name])
  const silence = { min: 50, max: 3_600_000 }
  const outage = { min: 1_000, max: 3_600_000 }
  const health: Health = {
    mode: reader.oneOf('mode', ['enforce', 'observe'], defaults.mode),
    bypassWindowMs: number('bypassWindowMs'),
    probeTimeoutMs: number('probeTimeoutMs'),
    probeIntervalMs: reader.numberOrOff('probeIntervalMs', silence, defaults.probeIntervalMs),
    suspectProbeIntervalMs: number('suspectProbeIntervalMs'),
    memoryIntervalMs: reader.numberOrOff('memoryIntervalMs', silence, defaults.memoryIntervalMs),
    sweepIntervalMs: number('sweepIntervalMs'),
    falseRecyclesPerConnectionDay: number('falseRecyclesPerConnectionDay'),
    latency: resolveLatency(reader.section('latency'), defaults.latency),
    thresholds: resolveThresholds(reader.section('thresholds'), 'health.thresholds', problems),
    cleanupTimeoutMs: number('cleanupTimeoutMs'),
    unreachableTimeoutMs: reader.numberOrOff(
      'unreachableTimeoutMs',
      outage,
      defaults.unreachableTimeoutMs,
    ),
  }
  reader.rejectUnknown()
  return Object.freeze(health)
}

function resolveLatency(reader: OptionReader, defaults: Latency): Latency {
  const latency: Latency = {
    ratio: reader.number('ratio', { min: 1, max: 1_000 }, defaults.ratio),
    marginMs: reader.number('marginMs', { min: 0, max: 60_000 }, defaults.marginMs),
  }
  reader.rejectUnknown()
  return Object.freeze(latency)
}
