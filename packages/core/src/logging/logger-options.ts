import type { OptionProblems } from '../options/option-problems.ts'
import { OptionReader } from '../options/option-reader.ts'

/** What is written, and how often. */
export interface LoggerOptions {
  /** Which pool it is, told with each line as the field `pool`; for processes with several. @default none */
  readonly pool?: string
  /**
   * Lines of one kind that pass per minute: per type of event, and for issues per type of issue. Those held
   * back are counted, and the next one that passes says how many they were. `false` for no limit. 1 to 6_000.
   * @default 10
   */
  readonly linesPerMinute?: number | false
  /**
   * Whether the sentence comes before the fields, as in `console.warn(message, fields)`; winston takes
   * that too. `false` for fields first, as pino and bunyan take them.
   * @default true for a console (which has a method `table`), false for anything else
   */
  readonly messageFirst?: boolean
}

/** The options with nothing left open. */
export interface LoggerSettings {
  readonly pool: string | undefined
  readonly linesPerMinute: number | false
  readonly messageFirst: boolean
}

/** As many as a person reads; what goes on for a day leaves a few megabytes. */
const defaultLinesPerMinute = 10

/** Reads them, and tells what is wrong to `problems`. */
export function readLoggerOptions(
  options: unknown,
  isForConsole: boolean,
  problems: OptionProblems,
): LoggerSettings {
  const reader = new OptionReader('', options, problems)
  const range = { min: 1, max: 6_000, integer: true }
  const settings = {
    pool: reader.text('pool'),
    linesPerMinute: reader.numberOrOff('linesPerMinute', range, defaultLinesPerMinute),
    messageFirst: reader.boolean('messageFirst', isForConsole),
  }
  reader.rejectUnknown()
  return settings
}
