import { readFlags, readNames, readWholeNumber } from './command-line.ts'

/** What the command line asks for. */
export interface BenchOptions {
  /** Interleaved rounds per case. */
  readonly rounds: number
  /** Names of the scenarios to run. */
  readonly only: readonly string[]
  /** File that gets every number; `undefined` for none. */
  readonly json: string | undefined
  readonly help: boolean
}

/** Enough for a median that moves little from run to run, on a machine that others use too. */
const defaultRounds = 30

export function usage(scenarios: readonly string[]): string {
  return [
    'Usage: npm run bench -- [options]',
    '',
    `  --rounds N        interleaved rounds per case, 2 to 10000 (default ${defaultRounds})`,
    `  --only name,name  of: ${scenarios.join(', ')} (default: all)`,
    '  --json file       write every number to a file',
    '  --help            this text',
    '',
  ].join('\n')
}

/** @throws {UsageError} for an unknown flag, scenario or number */
export function readOptions(args: readonly string[], scenarios: readonly string[]): BenchOptions {
  const { rounds, only, json, help } = readFlags(args, {
    rounds: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  return {
    rounds: readWholeNumber('rounds', rounds, { byDefault: defaultRounds, least: 2, most: 10_000 }),
    only: readNames('only', only, scenarios),
    json,
    help: help ?? false,
  }
}
