import { parseArgs } from 'node:util'
import { UsageError } from '../options.ts'

/** What the command line asks for. */
export interface SpeedOptions {
  /** Interleaved rounds of what the goals are about. */
  readonly rounds: number
  /** Names of the parts to run; all of them when it is empty. */
  readonly only: readonly string[]
  /** Whether the results go to `bench/results/speed.json`. */
  readonly save: boolean
  readonly help: boolean
}

/** As many as fit into a run of less than 20 minutes. */
const defaultRounds = 16

const flags = '--rounds N, --only name,name, --save, --help'

export function usage(parts: readonly string[]): string {
  return [
    'Usage: npm run bench:speed -- [options]',
    '',
    `  --rounds N        interleaved rounds, at least 4 (default ${defaultRounds})`,
    `  --only name,name  of: ${parts.join(', ')} (default: all)`,
    '  --save            write bench/results/speed.json, from which docs/benchmarks.md is made',
    '  --help            this text',
    '',
  ].join('\n')
}

/** @throws {UsageError} for an unknown flag, part or number */
export function readSpeedOptions(args: readonly string[], parts: readonly string[]): SpeedOptions {
  const { rounds, only, save = false, help = false } = readFlags(args)
  const count = rounds === undefined ? defaultRounds : Number(rounds)
  if (!Number.isInteger(count) || count < 4) {
    throw new UsageError(`--rounds takes a whole number of at least 4, got '${rounds}'`)
  }
  const names = (only ?? '').split(',').filter((name) => name !== '')
  const unknown = names.filter((name) => !parts.includes(name))
  if (unknown.length > 0) {
    throw new UsageError(`--only: no part '${unknown.join("', '")}'; known are ${parts.join(', ')}`)
  }
  return { rounds: count, only: names, save, help }
}

interface Flags {
  readonly rounds?: string | undefined
  readonly only?: string | undefined
  readonly save?: boolean | undefined
  readonly help?: boolean | undefined
}

function readFlags(args: readonly string[]): Flags {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string' },
        only: { type: 'string' },
        save: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    const [reason] = (error as Error).message.split('. ')
    throw new UsageError(`${reason}; known flags are ${flags}`, { cause: error })
  }
}
