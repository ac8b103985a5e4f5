import { printable } from '../detection/printable.ts'
import type { HealthEventOf } from '../events.ts'
import type { HealthEventEmitter } from '../health-event-emitter.ts'
import { hasMethods } from '../options/has-methods.ts'
import { OptionProblems } from '../options/option-problems.ts'
import { LineLimit } from './line-limit.ts'
import { kindOf, type LoggedType, loggedTypes, logLine } from './log-lines.ts'
import { isConsole, isLogSink, type LogFields, type LogSink } from './log-sink.ts'
import { type LoggerOptions, readLoggerOptions } from './logger-options.ts'

/** What writes events of a monitor to a log. */
export interface HealthLogger {
  /** Nothing is written any more. Once: later calls do nothing. */
  stop(): void
}

/**
 * Writes what a monitor tells to `sink`, a pino logger or the `console`: sentences with flat fields, without
 * values, secrets, or more of SQL than normal forms.
 *
 * | level | what |
 * | --- | --- |
 * | error | critical issues, the breaker opened |
 * | warn | issues that are warnings, evicted connections, failed openings, callers who waited in vain, a server that changed, a pool closed under holders |
 * | info | other issues, issues that are over, the breaker closed, the pool closed |
 * | debug | connections opened, condemned, retired and closed, assessments that changed |
 *
 * What happens with each query (leases, releases, probes, queueing) and sweeps are not written. Only so many
 * lines of a kind pass per minute (`linesPerMinute`). A sink that throws harms nobody: the monitor counts it.
 *
 * @throws {OptionsError} that names every problem at once
 */
export function createLogger(
  monitor: HealthEventEmitter,
  sink: LogSink,
  options: LoggerOptions = {},
): HealthLogger {
  const problems = new OptionProblems()
  if (!hasMethods(monitor, ['on', 'off'])) problems.add('monitor', monitor, "a pool's monitor")
  if (!isLogSink(sink)) {
    problems.add('sink', sink, 'a logger with the methods error, warn, info and debug')
  }
  const settings = readLoggerOptions(options, isConsole(sink), problems)
  problems.throwIfAny()

  const limit = new LineLimit(settings.linesPerMinute)
  const ofPool = settings.pool === undefined ? {} : { pool: settings.pool }
  const write = (event: HealthEventOf<LoggedType>): unknown => {
    const heldBack = limit.admit(kindOf(event), event.at)
    if (heldBack === undefined) return undefined
    const { level, message, fields } = logLine(event)
    const more = heldBack === 0 ? '' : ` (${heldBack} more like this were not written)`
    const sentence = printable(message) + more
    const ofMore = heldBack === 0 ? {} : { heldBack }
    const all: LogFields = { event: event.type, ...ofPool, ...rounded(fields), ...ofMore }
    return settings.messageFirst ? sink[level](sentence, all) : sink[level](all, sentence)
  }
  for (const type of loggedTypes) monitor.on(type, write)
  return {
    stop() {
      for (const type of loggedTypes) monitor.off(type, write)
    },
  }
}

/** Durations to a hundredth of a ms: more digits are noise. */
function rounded(fields: LogFields): LogFields {
  const isDuration = (name: string, value: unknown): value is number =>
    name.endsWith('Ms') && typeof value === 'number'
  const entries = Object.entries(fields).map(([name, value]) => {
    return [name, isDuration(name, value) ? Math.round(value * 100) / 100 : value] as const
  })
  return Object.fromEntries(entries)
}
