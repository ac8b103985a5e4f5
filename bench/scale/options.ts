import { readFlags, readWholeNumber } from '../command-line.ts'

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
  const { instances, seeds, save, help } = readFlags(args, {
    instances: { type: 'string' },
    seeds: { type: 'string' },
    save: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  return {
    instances: readWholeNumber('instances', instances, {
      byDefault: defaultInstances,
      least: 1,
      most: 2_000,
    }),
    seeds: readWholeNumber('seeds', seeds, { byDefault: defaultSeeds, least: 1, most: 100 }),
    save: save ?? false,
    help: help ?? false,
  }
}
