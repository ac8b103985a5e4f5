import type { Mutant } from './mutant.ts'

const runTransaction = 'transaction.ts'

/** Bugs in `runTransaction`, which every transaction on plain pg and on Drizzle goes through. */
export const transactionMutants: readonly Mutant[] = [
  {
    name: 'leak the slot when BEGIN fails',
    file: runTransaction,
    find: `  try {
    const steps = stepsOf(client)
    signal?.addEventListener('abort', cancel)
    await steps.begin()
`,
    replace: `  const steps = stepsOf(client)
  await steps.begin()
  try {
    signal?.addEventListener('abort', cancel)
`,
  },
  {
    name: 'never give the client back',
    file: runTransaction,
    find: 'client.release(failure)\n  }',
    replace: '}',
  },
  {
    name: 'give the client back twice',
    file: runTransaction,
    find: 'client.release(failure)\n  }',
    replace: 'client.release(failure)\n    client.release(failure)\n  }',
  },
  {
    name: 'lend the client on before its COMMIT',
    file: runTransaction,
    find: 'const answer = await steps.commit()',
    replace:
      'client.release()\n    client.release = () => {}\n    const answer = await steps.commit()',
  },
  {
    name: 'do not roll back',
    file: runTransaction,
    find: 'failure = await rollBack(steps)\n',
    replace: '',
  },
  {
    name: 'do not wait for the rollback',
    file: runTransaction,
    find: 'failure = await rollBack(steps)\n',
    replace: 'void rollBack(steps)\n',
  },
  {
    name: 'throw the error of the rollback in place of the first',
    file: runTransaction,
    find: "return error instanceof Error ? error : new Error('the rollback failed', { cause: error })",
    replace: 'throw error',
  },
  {
    name: 'lend a connection again whose rollback failed',
    file: runTransaction,
    find: 'failure = await rollBack(steps)\n',
    replace: 'await rollBack(steps)\n',
  },
  {
    name: 'commit what failed',
    file: runTransaction,
    find: 'failure = await rollBack(steps)\n',
    replace: 'await steps.commit()\n',
  },
  {
    name: 'take a COMMIT that was answered by ROLLBACK for done',
    file: runTransaction,
    find: "?.command === 'ROLLBACK')",
    replace: "?.command === 'rolled back')",
  },
  {
    name: 'report an unknown outcome as a plain error',
    file: runTransaction,
    find: '.then(undefined, rejectCommit)',
    replace: '',
  },
  {
    name: 'take a COMMIT without an answer for done',
    file: runTransaction,
    find: '.then(undefined, rejectCommit)',
    replace: '.then(undefined, () => undefined)',
  },
  {
    name: 'report every COMMIT that failed as unknown',
    file: runTransaction,
    find: 'return hasCertainlyNotCommitted(error) ? error : new',
    replace: 'return new',
  },
  {
    name: 'send COMMIT twice',
    file: runTransaction,
    find: 'steps.commit().then(undefined, rejectCommit)',
    replace: 'steps.commit().then(() => steps.commit()).then(undefined, rejectCommit)',
  },
  {
    name: 'try again when the function failed',
    file: runTransaction,
    find: 'result = await use(steps.transaction)\n',
    replace:
      'result = await (async () => use(steps.transaction))().catch(() => use(steps.transaction))\n',
  },
  {
    name: 'lose the result',
    file: runTransaction,
    find: 'return result\n  } catch',
    replace: 'return undefined as Result\n  } catch',
  },
]
