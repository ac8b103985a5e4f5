import { parseArgs } from 'node:util'
import { type ContenderName, contenderNames } from '../contenders/contender.ts'
import { UsageError } from '../options.ts'
import { allFaults } from './catalogue/all-faults.ts'
import type { Fault } from './fault.ts'

/** What the command line asks for. */
export interface FaultOptions {
  readonly faults: readonly Fault[]
  readonly contenders: readonly ContenderName[]
  /** Whether the results go to bench/results/faults.json. */
  readonly save: boolean
  readonly help: boolean
}

export const usage = [
  'Usage: npm run bench:faults -- [options]',
  '',
  '  --only id,id            rows of the matrix (default: all)',
  '  --contenders name,name  columns of the matrix (default: all)',
  '  --save                  write bench/results/faults.json',
  '  --help                  this text',
  '',
  `rows: ${allFaults.map(({ id }) => id).join(', ')}`,
  `columns: ${contenderNames.join(', ')}`,
  '',
].join('\n')

/** @throws {UsageError} for an unknown flag or name */
export function readFaultOptions(args: readonly string[]): FaultOptions {
  const { only, contenders, save = false, help = false } = readFlags(args)
  const faultIds = allFaults.map(({ id }) => id)
  const ids = named('--only', only, faultIds)
  return {
    faults: allFaults.filter(({ id }) => ids.includes(id)),
    contenders: named('--contenders', contenders, contenderNames),
    save,
    help,
  }
}

/** The known names that a flag lists; all of them without it. */
function named<Name extends string>(
  flag: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (text === undefined) return known
  const wanted = text.split(',').filter((name) => name !== '')
  const unknown = wanted.filter((name) => !known.some((each) => each === name))
  if (unknown.length > 0 || wanted.length === 0) {
    throw new UsageError(
      `${flag} takes names out of ${known.join(', ')}, got '${unknown.join("', '") || text}'`,
    )
  }
  return known.filter((name) => wanted.includes(name))
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        contenders: { type: 'string' },
        save: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    const [reason] = (error as Error).message.split('. ')
    throw new UsageError(`${reason}; --help shows the known flags`, { cause: error })
  }
}
