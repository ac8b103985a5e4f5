import { adapterMutants } from './adapter-mutants.ts'
import { closingMutants } from './closing-mutants.ts'
import { deadlineMutants } from './deadline-mutants.ts'
import { lendingMutants } from './lending-mutants.ts'
import type { Mutant } from './mutant.ts'
import { openingMutants } from './opening-mutants.ts'
import { replacingMutants } from './replacing-mutants.ts'
import { sentinelMutants } from './sentinel-mutants.ts'
import { targetMutants } from './target-mutants.ts'

/** Every deliberate bug; a test has to fail with each. */
export const mutants: readonly Mutant[] = [
  ...lendingMutants,
  ...openingMutants,
  ...targetMutants,
  ...replacingMutants,
  ...closingMutants,
  ...deadlineMutants,
  ...sentinelMutants,
  ...adapterMutants,
]

/** The source file of a deliberate bug, below the root. */
export function pathOf({ package: name = 'pg', file }: Mutant): string {
  return `packages/${name}/src/${file}`
}

/** `source` with the bug in it. @throws where the place is not there, or there twice */
export function applyMutant({ name, file, find, replace }: Mutant, source: string): string {
  const [before, after, ...more] = source.split(find)
  if (before === undefined || after === undefined)
    throw new Error(`${name}: ${file} has no ${find}`)
  if (more.length > 0) throw new Error(`${name}: ${file} has ${find} ${more.length + 1} times`)
  return before + replace + after
}
