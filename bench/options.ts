import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface BenchOptions {
  /** Interleaved rounds per case. */
  readonly rounds: number
  /** Names of the scenarios to run; all of them when it is empty. */
  readonly only: readonly string[]
  /** File that gets every number; `undefined` for none. */
  readonly json: string | undefined
  readonly help: boolean
}

/** The command line cannot be understood; the message says what can be. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Enough for a median that moves little from run to run, on a machine that others use too. */
const defaultRounds = 30

const flags = '--rounds N, --only name,name, --json file, --help'

export function usage(scenarios: readonly string[]): string {
  return [
    'Usage: npm run bench -- [options]',
    '',
    `  --rounds N        interleaved rounds per case, at least 2 (default ${defaultRounds})`,
    `  --only name,name  of: ${scenarios.join(', ')} (default: all)`,
    '  --json file       write every number to a file',
    '  --help            this text',
    '',
  ].join('\n')
}

/** @throws {UsageError} for an unknown flag, scenario or number */
export function readOptions(args: readonly string[], scenarios: readonly string[]): BenchOptions {
  const { rounds, only, json, help } = readFlags(args)
  const count = rounds === undefined ? defaultRounds : Number(rounds)
  if (!Number.isInteger(count) || count < 2) {
    throw new UsageError(`--rounds takes a whole number of at least 2, got '${rounds}'`)
  }
  const names = (only ?? '').split(',').filter((name) => name !== '')
  const unknown = names.filter((name) => !scenarios.includes(name))
  if (unknown.length > 0) {
    const known = scenarios.join(', ')
    throw new UsageError(`--only: no scenario '${unknown.join("', '")}'; known are ${known}`)
  }
  return { rounds: count, only: names, json, help: help ?? false }
}

interface Flags {
  readonly rounds?: string | undefined
  readonly only?: string | undefined
  readonly json?: string | undefined
  readonly help?: boolean | undefined
}

function readFlags(args: readonly string[]): Flags {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    const [reason] = (error as Error).message.split('. ')
    throw new UsageError(`${reason}; known flags are ${flags}`, { cause: error })
  }
}
