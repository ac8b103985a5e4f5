import type { Mutant } from './mutant.ts'

const steps = 'transaction-steps.ts'
const savepoints = 'savepoints.ts'

/** Bugs in what the adapters of both majors of Drizzle share. */
const sharedMutants: readonly Mutant[] = [
  {
    name: 'begin without the settings',
    file: steps,
    find: 'renderBegin(modes)',
    replace: 'renderBegin({})',
  },
  {
    name: 'say that it has rolled back, and do not',
    file: steps,
    find: "transaction.execute('rollback')",
    replace: 'Promise.resolve()',
  },
  {
    name: 'say that it has committed, and do not',
    file: steps,
    find: "transaction.execute('commit')",
    replace: 'Promise.resolve()',
  },
  {
    name: 'lose the answer to COMMIT',
    file: steps,
    find: "transaction.execute('commit')",
    replace: "transaction.execute('commit').then(() => undefined)",
  },
  {
    name: 'throw the error of a rollback to a savepoint in place of the first',
    file: savepoints,
    find: 'this.#failure ??= { error }',
    replace: 'throw error',
  },
  {
    name: 'commit what a savepoint could not roll back',
    file: savepoints,
    find: 'if (this.#failure !== undefined) throw',
    replace: 'if (this.#failure === null) throw',
  },
  {
    name: 'do not roll back to the savepoint',
    file: savepoints,
    find: 'await this.#rollBack(name, nested)\n',
    replace: '',
  },
]

/** Bugs in the session of one of the majors. */
function sessionMutants(folder: string, client: string): readonly Mutant[] {
  const file = `${folder}health-aware-session.ts`
  return [
    {
      name: 'send the statements of a transaction through the pool',
      file,
      find: client,
      replace: client.replace('client', 'this.#pool'),
    },
    {
      name: "leave transactions to Drizzle's own session",
      file,
      find: '    return runTransaction(',
      replace:
        '    if (this.#pool !== undefined) return super.transaction(run, config)\n    return runTransaction(',
    },
    {
      name: 'commit without a look at the savepoints',
      file,
      find: 'transaction.savepoints.requireRolledBack()',
      replace: '',
    },
  ]
}

/** Bugs in the adapter of Drizzle 0.45. */
export const drizzleMutants: readonly Mutant[] = [
  ...sharedMutants,
  ...sessionMutants('', '          client,\n'),
].map(inDrizzle)

/** Bugs in the adapter of Drizzle 1.0. */
export const drizzleV1Mutants: readonly Mutant[] = [
  ...sharedMutants,
  ...sessionMutants('v1/', 'new NodePgSession(client, '),
].map(inDrizzle)

function inDrizzle(mutant: Mutant): Mutant {
  return { ...mutant, package: 'drizzle' }
}
