import { OptionProblems, OptionReader } from '@hale/core'
import { type MeterProvider, metrics } from '@opentelemetry/api'

/** What `createOpenTelemetryMetrics` makes, and of what. */
export interface OpenTelemetryMetricsOptions {
  /**
   * Where instruments are made. The global one is taken as it is when the metrics are created: create them
   * after the SDK was started.
   * @default the global one
   */
  readonly meterProvider?: MeterProvider
  /**
   * Whether `db.client.operation.duration` is measured as well. Leave it off where an instrumentation of pg
   * measures it already. It costs about 1 µs per statement.
   * @default false
   */
  readonly operationDuration?: boolean
  /** Whether callers' spans are told that they waited, were verified or lost their connection. @default true */
  readonly spanEvents?: boolean
}

/** The same with nothing left open. */
export interface MetricsPlan {
  readonly meterProvider: MeterProvider
  readonly operationDuration: boolean
  readonly spanEvents: boolean
}

const defaults = {
  operationDuration: false, // instrumentations of pg measure it, and it would be counted twice
  spanEvents: true, // costs nothing while nobody traces
} as const satisfies Omit<MetricsPlan, 'meterProvider'>

/** @throws {OptionsError} that names every problem at once */
export function resolveMetricsOptions(options: unknown): MetricsPlan {
  const problems = new OptionProblems()
  const reader = new OptionReader('', options, problems)
  const flags = {
    operationDuration: reader.boolean('operationDuration', defaults.operationDuration),
    spanEvents: reader.boolean('spanEvents', defaults.spanEvents),
  }
  const meterProvider = readMeterProvider(options, problems)
  reader.rejectUnknown(['meterProvider'])
  problems.throwIfAny()
  return Object.freeze({ ...flags, meterProvider })
}

function readMeterProvider(options: unknown, problems: OptionProblems): MeterProvider {
  const given: unknown =
    typeof options === 'object' && options !== null && 'meterProvider' in options
      ? options.meterProvider
      : undefined
  if (given === undefined) return metrics.getMeterProvider()
  if (isMeterProvider(given)) return given
  problems.add('meterProvider', given, 'a MeterProvider')
  return metrics.getMeterProvider()
}

function isMeterProvider(value: unknown): value is MeterProvider {
  return typeof value === 'object' && value !== null && 'getMeter' in value
}
