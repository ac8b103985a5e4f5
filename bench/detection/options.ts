import { readFlags, readNames, readWholeNumber, UsageError } from '../command-line.ts'
import {
  type ContenderName,
  contenderNames,
  usualContenders,
} from './contenders/create-contender.ts'

/** What the command line asks for. */
export interface DetectionOptions {
  readonly seeds: readonly number[]
  readonly scenarios: readonly string[]
  readonly contenders: readonly ContenderName[]
  readonly workers: number
  /** File that gets every outcome; `undefined` for none. */
  readonly json: string | undefined
  readonly markdown: boolean
  /** The one run whose time line is wanted. */
  readonly trace: { readonly scenario: string; readonly seed: number } | undefined
  readonly help: boolean
}

const defaultSeeds = 30
/** Constants are tuned on these and reported on others, so that no result is one of the tuning. */
const tuningSeeds = { first: 1, most: 999 }
const reportingSeeds = { first: 10_001, most: 1_000_000 }

const flags = {
  seeds: { type: 'string' },
  tuning: { type: 'boolean' },
  only: { type: 'string' },
  contenders: { type: 'string' },
  workers: { type: 'string' },
  trace: { type: 'string' },
  markdown: { type: 'boolean' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

export function usage(scenarios: readonly string[]): string {
  return [
    'Usage: npm run bench:detection -- [options]',
    '',
    `  --seeds N              runs per scenario and contender (default ${defaultSeeds})`,
    '  --tuning               seeds 1 to 999, for tuning, instead of those of the report',
    '  --only name,name       scenarios (default: all of them, see below)',
    `  --contenders name,…    of: ${contenderNames.join(', ')} (default: the first three)`,
    '  --workers N            threads (default: one per core)',
    '  --trace scenario:seed  the time line of one run instead of a report',
    '  --markdown             tables for a document',
    '  --json file            write every outcome to a file',
    '  --help                 this text',
    '',
    'Scenarios:',
    ...scenarios.map((name) => `  ${name}`),
    '',
  ].join('\n')
}

/** @throws {UsageError} for an unknown flag, scenario, contender or number */
export function readOptions(
  args: readonly string[],
  scenarios: readonly string[],
  cores: number,
): DetectionOptions {
  const values = readFlags(args, flags)
  const range = values.tuning === true ? tuningSeeds : reportingSeeds
  const seeds = readWholeNumber('seeds', values.seeds, {
    byDefault: defaultSeeds,
    least: 1,
    most: range.most,
  })
  return {
    seeds: Array.from({ length: seeds }, (_, index) => range.first + index),
    scenarios: readNames('only', values.only, scenarios),
    contenders: readNames(
      'contenders',
      values.contenders ?? usualContenders.join(),
      contenderNames,
    ),
    workers: readWholeNumber('workers', values.workers, { byDefault: cores, least: 1, most: 256 }),
    json: values.json,
    markdown: values.markdown ?? false,
    trace: values.trace === undefined ? undefined : readTrace(values.trace, scenarios),
    help: values.help ?? false,
  }
}

function readTrace(text: string, scenarios: readonly string[]): DetectionOptions['trace'] {
  const match = /^(.+):(\d+)$/.exec(text)
  const scenario = match?.[1]
  if (scenario === undefined) {
    throw new UsageError(`--trace takes scenario:seed, such as healthy:1, got '${text}'`)
  }
  readNames('trace', scenario, scenarios)
  return { scenario, seed: Number(match?.[2]) }
}
