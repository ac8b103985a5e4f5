import { hasMethods } from '../options/has-methods.ts'

/** What a line says in fields: flat, for machines. */
export type LogFields = Readonly<Record<string, string | number | boolean>>

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/**
 * What writes lines: a pino logger, the `console`, or whatever has these four methods. They are called with
 * fields and a sentence, in the order that `LoggerOptions.messageFirst` says.
 */
export interface LogSink {
  error(first: LogFields | string, second: LogFields | string): unknown
  warn(first: LogFields | string, second: LogFields | string): unknown
  info(first: LogFields | string, second: LogFields | string): unknown
  debug(first: LogFields | string, second: LogFields | string): unknown
}

/** One line, before it is known whether it passes. */
export interface LogLine {
  readonly level: LogLevel
  /** A sentence without a full stop. */
  readonly message: string
  readonly fields: LogFields
}

const levels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']

/** Whether `value` has a method for each level. */
export function isLogSink(value: unknown): value is LogSink {
  return hasMethods(value, levels)
}

/** Whether `value` is a console: it has a `table`, which no logger has. */
export function isConsole(value: unknown): boolean {
  return hasMethods(value, ['table'])
}
