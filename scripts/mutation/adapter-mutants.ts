import { drizzleMutants, drizzleV1Mutants } from './drizzle-mutants.ts'
import { kyselyMutants, newerKyselyMutants, olderKyselyMutants } from './kysely-mutants.ts'
import type { Mutant } from './mutant.ts'
import { plainPgMutants } from './plain-pg-mutants.ts'
import { conformance, type Suite } from './suites.ts'
import { transactionMutants } from './transaction-mutants.ts'

/** Bugs in the adapters; the conformance suite of the adapter has to catch each. */
export const adapterMutants: readonly Mutant[] = [
  ...under('plain pg', conformance.pg, [...plainPgMutants, ...transactionMutants]),
  ...under('Kysely 0.29', conformance.kysely, kyselyMutants),
  ...under('Kysely 0.28', conformance.kysely28, olderKyselyMutants),
  ...under('Kysely 0.30', conformance.kysely30, newerKyselyMutants),
  ...under('Drizzle 0.45', conformance.drizzle, [...drizzleMutants, ...transactionMutants]),
  ...under('Drizzle 1.0', conformance.drizzleV1, [...drizzleV1Mutants, ...transactionMutants]),
]

function under(adapter: string, suite: Suite, mutants: readonly Mutant[]): readonly Mutant[] {
  return mutants.map((mutant) => ({ ...mutant, name: `${adapter}: ${mutant.name}`, suite }))
}
