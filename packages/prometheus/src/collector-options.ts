import { type OptionProblems, OptionReader } from '@hale/core'
import { register as globalRegister, type Registry, type RegistryContentType } from 'prom-client'
import type { ExemplarLabels } from './wait-exemplars.ts'

/** Where the metrics go, and what is in them beside the numbers. */
export interface PrometheusCollectorOptions {
  /** Where the metrics are registered. @default prom-client's global `register` */
  readonly register?: Registry<RegistryContentType>
  /**
   * What the names of all metrics start with: letters, digits, `_` and `:`, not a digit first.
   * @default 'hale_'
   */
  readonly prefix?: string
  /**
   * Labels of what the caller is doing, as `{ trace_id, span_id }`; `undefined` for none. Called in the
   * caller's own context for each that has to wait for a connection, and attached to the bucket of
   * `pool_acquire_wait_seconds` that its wait falls into, the latest of each. Names and values have at most
   * 128 characters together; others are left out. Shown in OpenMetrics format only. With it, each lease
   * makes one event; without it, nothing is listened to.
   * @default none
   */
  readonly exemplars?: () => ExemplarLabels | undefined
}

/** The options with nothing left open. */
export interface CollectorSettings {
  readonly register: Registry<RegistryContentType>
  readonly prefix: string
  readonly exemplars: (() => ExemplarLabels | undefined) | undefined
}

/** Each value with its reason. */
const defaults = {
  register: globalRegister, // what an application's /metrics nearly always prints
  prefix: 'hale_', // nobody else's
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

/** Reads them, and tells what is wrong to `problems`. */
export function readCollectorOptions(
  options: unknown,
  problems: OptionProblems,
): CollectorSettings {
  const reader = new OptionReader('', options, problems)
  const prefix = reader.text('prefix') ?? defaults.prefix
  if (!metricName.test(prefix)) {
    problems.add('prefix', prefix, 'letters, digits, _ and :, not a digit first')
  }
  const exemplars = reader.callback<() => ExemplarLabels | undefined>('exemplars')
  reader.rejectUnknown(['register'])
  return { register: readRegister(options, problems), prefix, exemplars }
}

function readRegister(options: unknown, problems: OptionProblems): Registry<RegistryContentType> {
  const given = registerIn(options)
  if (given === undefined) return defaults.register
  if (isRegister(given)) return given
  problems.add('register', given, 'a Registry of prom-client')
  return defaults.register
}

/** What has no `register` that can be read counts as having `null`, which is none. */
function registerIn(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return undefined
  try {
    return Reflect.get(options, 'register')
  } catch {
    return null
  }
}

function isRegister(value: unknown): value is Registry<RegistryContentType> {
  if (typeof value !== 'object' || value === null) return false
  const methods = ['registerMetric', 'getSingleMetric', 'removeSingleMetric']
  return methods.every((name) => typeof Reflect.get(value, name) === 'function')
}
