import { readFlags, readNames } from '../command-line.ts'
import { type ContenderName, contenderNames } from '../contenders/contender.ts'
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
  '  --save                  write bench/results/faults.json; with --only, these rows of it',
  '  --help                  this text',
  '',
  `rows: ${allFaults.map(({ id }) => id).join(', ')}`,
  `columns: ${contenderNames.join(', ')}`,
  '',
].join('\n')

/** @throws {UsageError} for an unknown flag or name */
export function readFaultOptions(args: readonly string[]): FaultOptions {
  const { only, contenders, save, help } = readFlags(args, {
    only: { type: 'string' },
    contenders: { type: 'string' },
    save: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  const ids = readNames(
    'only',
    only,
    allFaults.map(({ id }) => id),
  )
  return {
    faults: allFaults.filter(({ id }) => ids.includes(id)),
    contenders: readNames('contenders', contenders, contenderNames),
    save: save ?? false,
    help: help ?? false,
  }
}
