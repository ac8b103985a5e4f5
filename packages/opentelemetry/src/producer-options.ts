import { OptionProblems, OptionReader } from '@hale/core'

/** What `createMetricProducer` tells. */
export interface MetricProducerOptions {
  /**
   * Whether `db.client.operation.duration` is told as well. Leave it off where an instrumentation of pg
   * measures it already. It costs nothing per statement.
   * @default false
   */
  readonly operationDuration?: boolean
}

/** @throws {OptionsError} that names every problem at once */
export function resolveProducerOptions(options: unknown): Required<MetricProducerOptions> {
  const problems = new OptionProblems()
  const reader = new OptionReader('', options, problems)
  const operationDuration = reader.boolean('operationDuration', false)
  reader.rejectUnknown()
  problems.throwIfAny()
  return Object.freeze({ operationDuration })
}
