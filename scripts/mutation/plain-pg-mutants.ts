import type { Mutant } from './mutant.ts'

/** Bugs in `withHealthAwareTransaction`, and in `runTransaction` as far as only plain pg uses it. */
export const plainPgMutants: readonly Mutant[] = [
  {
    name: 'send the statements of a transaction through the pool',
    file: 'transaction.ts',
    find: '    transaction: client,\n',
    replace: '    transaction: pool as unknown as pg.PoolClient,\n',
  },
  {
    name: 'send BEGIN through the pool',
    file: 'transaction.ts',
    find: 'begin: () => client.query(begin)',
    replace: 'begin: () => (pool as unknown as pg.PoolClient).query(begin)',
  },
  {
    name: 'begin without the settings',
    file: 'transaction.ts',
    find: 'begin: () => client.query(begin)',
    replace: "begin: () => client.query('BEGIN')",
  },
  {
    name: 'ignore the signal while waiting for a slot',
    file: 'transaction.ts',
    find: 'pool.connect({ signal })',
    replace: 'pool.connect()',
  },
  {
    name: 'leave running what was aborted',
    file: 'transaction.ts',
    find: 'connectionHandleOf(client)?.cancelRunning()',
    replace: 'undefined',
  },
  {
    name: 'throw that the statement was cancelled in place of the reason',
    file: 'transaction.ts',
    find: 'throw isCancelled ? abortReasonOf(signal) : error',
    replace: 'throw error',
  },
]
