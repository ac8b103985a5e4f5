import { readFlags, readNames, readWholeNumber } from '../command-line.ts'

/** What the command line asks for. */
export interface SpeedOptions {
  /** Interleaved rounds of what the goals are about. */
  readonly rounds: number
  /** Names of the parts to run. */
  readonly only: readonly string[]
  /** Whether the results go to `bench/results/speed.json`. */
  readonly save: boolean
  readonly help: boolean
}

/** As many as fit into a run of about 73 minutes. */
const defaultRounds = 16

export function usage(parts: readonly string[]): string {
  return [
    'Usage: npm run bench:speed -- [options]',
    '',
    `  --rounds N        interleaved rounds, 4 to 10000 (default ${defaultRounds})`,
    `  --only name,name  of: ${parts.join(', ')} (default: all)`,
    '  --save            write bench/results/speed.json, from which docs/benchmarks.md is made',
    '  --help            this text',
    '',
  ].join('\n')
}

/** @throws {UsageError} for an unknown flag, part or number */
export function readSpeedOptions(args: readonly string[], parts: readonly string[]): SpeedOptions {
  const { rounds, only, save, help } = readFlags(args, {
    rounds: { type: 'string' },
    only: { type: 'string' },
    save: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  return {
    rounds: readWholeNumber('rounds', rounds, { byDefault: defaultRounds, least: 4, most: 10_000 }),
    only: readNames('only', only, parts),
    save: save ?? false,
    help: help ?? false,
  }
}
