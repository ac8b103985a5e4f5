import { readFlags, UsageError } from '../command-line.ts'

/** What the command line asks for. */
export interface HistoryOptions {
  /** The first round's; each further one has the next. */
  readonly seed: number
  readonly durationMs: number
  /** Whether the results are kept for docs/benchmarks.md. */
  readonly save: boolean
  readonly help: boolean
}

/** As long as in CI. */
const defaultSeconds = 60

/** What comes out is drawn from the seed modulo this. */
const seeds = 2 ** 31

export const usage = `Usage: npm run bench:history -- [options]

  --seconds N   how long faults are injected, at least 1 (default ${defaultSeconds})
  --minutes M   the same in minutes, fractions allowed
  --seed N      a whole number from 0 (default: one by the clock, printed)
  --save        keep the results for docs/benchmarks.md
  --help        this text
`

const flags = {
  seconds: { type: 'string' },
  minutes: { type: 'string' },
  seed: { type: 'string' },
  save: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** @throws {UsageError} for an unknown flag, or a number that makes no sense */
export function readOptions(args: readonly string[], now: () => number = Date.now): HistoryOptions {
  const { seconds, minutes, seed, save = false, help = false } = readFlags(args, flags)
  if (seconds !== undefined && minutes !== undefined) {
    throw new UsageError('--seconds and --minutes: expected one of them, got both')
  }
  const durationMs =
    minutes === undefined
      ? 1_000 * toSeconds('--seconds', seconds ?? String(defaultSeconds), 1)
      : 60_000 * toSeconds('--minutes', minutes, 1 / 60)
  return { seed: seed === undefined ? now() % seeds : toSeed(seed), durationMs, save, help }
}

function toSeconds(flag: string, text: string, least: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(value) && value >= least) return value
  const atLeast = least === 1 ? '1' : 'a second'
  throw new UsageError(`${flag} takes a number of at least ${atLeast}, got '${text}'`)
}

function toSeed(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isInteger(value) && value >= 0 && value < seeds) return value
  throw new UsageError(`--seed takes a whole number from 0 to ${seeds - 1}, got '${text}'`)
}
