import type { Mutant } from './mutants.ts'
import { plainPgMutants } from './plain-pg-mutants.ts'
import { conformance, type Suite } from './suites.ts'
import { transactionMutants } from './transaction-mutants.ts'

/** Bugs in the adapters; the conformance suite of the adapter has to catch each. */
export const adapterMutants: readonly Mutant[] = [
  ...under('plain pg', conformance.pg, [...plainPgMutants, ...transactionMutants]),
]

function under(adapter: string, suite: Suite, mutants: readonly Mutant[]): readonly Mutant[] {
  return mutants.map((mutant) => ({ ...mutant, name: `${adapter}: ${mutant.name}`, suite }))
}
