import { parseArgs } from 'node:util'
import { UsageError } from '../options.ts'

/** What the command line asks for. */
export interface ScaleOptions {
  readonly instances: number
  readonly seeds: number
  /** Whether the results become those of docs/benchmarks.md. */
  readonly save: boolean
  readonly help: boolean
}

/** So many that a server feels it, and few enough for a run of some minutes. */
const defaultInstances = 500
const defaultSeeds = 3

export const usage: string = [
  'Usage: npm run bench:scale -- [options]',
  '',
  `  --instances N  instances of the application, 1 to 2000 (default ${defaultInstances})`,
  `  --seeds N      runs of each case with a chance of its own, 1 to 100 (default ${defaultSeeds})`,
  '  --save         write the results to bench/results/scale.json',
  '  --help         this text',
  '',
].join('\n')

/** @throws {UsageError} for an unknown flag or a number out of range */
export function readOptions(args: readonly string[]): ScaleOptions {
  const { instances, seeds, save, help } = readFlags(args)
  return {
    instances: readCount('--instances', instances, defaultInstances, 2_000),
    seeds: readCount('--seeds', seeds, defaultSeeds, 100),
    save: save ?? false,
    help: help ?? false,
  }
}

function readCount(
  flag: string,
  given: string | undefined,
  byDefault: number,
  most: number,
): number {
  if (given === undefined) return byDefault
  const count = given.trim() === '' ? Number.NaN : Number(given)
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new UsageError(`${flag} takes a whole number from 1 to ${most}, got '${given}'`)
  }
  return count
}

interface Flags {
  readonly instances?: string | undefined
  readonly seeds?: string | undefined
  readonly save?: boolean | undefined
  readonly help?: boolean | undefined
}

function readFlags(args: readonly string[]): Flags {
  try {
    return parseArgs({
      args: [...args],
      options: {
        instances: { type: 'string' },
        seeds: { type: 'string' },
        save: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    const [reason] = (error as Error).message.split('. ')
    const known = '--instances N, --seeds N, --save, --help'
    throw new UsageError(`${reason}; known flags are ${known}`, { cause: error })
  }
}
