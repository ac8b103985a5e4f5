import { classifyFault, hasCertainlyNotCommitted, OptionProblems, OptionReader } from '@hale/core'
import type pg from 'pg'
import { type Abortable, abortReasonOf } from './abort-signal.ts'
import { connectionHandleOf } from './connection-handle.ts'
import { CommitUnknownError, TransactionAbortedError } from './errors.ts'

/** Whatever lends clients; a HealthAwarePool, above all. */
export interface ClientSource {
  connect(options?: Abortable): Promise<pg.PoolClient>
}

/** One transaction in the words of whoever runs it: how its ends are sent, and what its user gets. */
export interface TransactionSteps<Transaction> {
  readonly transaction: Transaction
  begin(): PromiseLike<unknown>
  commit(): PromiseLike<unknown>
  rollback(): PromiseLike<unknown>
}

/**
 * Runs `use` inside a transaction on a client of its own. Whatever fails, the client is released exactly
 * once, the caller gets the first error, and no statement is sent a second time: a transaction that failed
 * is never run again.
 *
 * With a `signal` that aborts, what runs is cancelled, the transaction is rolled back, and the reason is
 * thrown; once COMMIT is sent, it is too late for that.
 * @throws {CommitUnknownError} when COMMIT got no answer
 * @throws {TransactionAbortedError} when COMMIT was answered by ROLLBACK
 */
export async function runTransaction<Transaction, Result>(
  pool: ClientSource,
  stepsOf: (client: pg.PoolClient) => TransactionSteps<Transaction>,
  use: (transaction: Transaction) => Promise<Result> | Result,
  { signal }: Abortable = {},
): Promise<Result> {
  const client = await (signal === undefined ? pool.connect() : pool.connect({ signal }))
  const cancel = (): void => void connectionHandleOf(client)?.cancelRunning()
  // why the client is of no more use, where that is known; the rest is judged inside `release`
  let failure: Error | undefined
  try {
    const steps = stepsOf(client)
    signal?.addEventListener('abort', cancel)
    await steps.begin()
    let result: Result
    try {
      refuseIfAborted(signal)
      result = await use(steps.transaction)
      refuseIfAborted(signal)
      signal?.removeEventListener('abort', cancel)
    } catch (error) {
      failure = await rollBack(steps)
      throw error
    }
    // an answered COMMIT has ended the transaction, with or without an error: no rollback after it
    const answer = await steps.commit().then(undefined, rejectCommit)
    if ((answer as Partial<pg.QueryResult> | undefined)?.command === 'ROLLBACK') {
      throw new TransactionAbortedError()
    }
    return result
  } catch (error) {
    if (error instanceof CommitUnknownError) failure = error
    const isCancelled = signal?.aborted && classifyFault(error).kind === 'query_cancelled'
    throw isCancelled ? abortReasonOf(signal) : error
  } finally {
    signal?.removeEventListener('abort', cancel)
    client.release(failure)
  }
}

function refuseIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReasonOf(signal)
}

/** Resolves with the error of a rollback that failed, which is for the pool alone. */
async function rollBack(steps: TransactionSteps<unknown>): Promise<Error | undefined> {
  try {
    await steps.rollback()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error('the rollback failed', { cause: error })
  }
}

function rejectCommit(error: unknown): never {
  throw toCommitError(error)
}

/**
 * What to throw for a COMMIT that failed with `error`: the very error where the transaction has certainly
 * not taken effect, else a CommitUnknownError that is caused by it.
 */
export function toCommitError(error: unknown): unknown {
  return hasCertainlyNotCommitted(error) ? error : new CommitUnknownError({ cause: error })
}

const isolationLevels = [
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
] as const
const accessModes = ['read only', 'read write'] as const

/** What BEGIN says; nothing, or a mode that is `false`, leaves it to the server's own defaults. */
export interface TransactionOptions extends Abortable {
  /** How far it is kept apart from others. @default the server's `default_transaction_isolation` */
  readonly isolationLevel?: (typeof isolationLevels)[number] | false
  /** Whether it may write. @default the server's `default_transaction_read_only` */
  readonly accessMode?: (typeof accessModes)[number] | false
  /**
   * Of effect for `serializable` together with `read only` alone.
   * @default the server's `default_transaction_deferrable`
   */
  readonly deferrable?: boolean
}

/**
 * Runs `use` between BEGIN and COMMIT on a client of its own; everything that `runTransaction` says holds.
 * @throws {OptionsError} that names every problem with `options` at once
 */
export async function withHealthAwareTransaction<Result>(
  pool: ClientSource,
  use: (client: pg.PoolClient) => Promise<Result> | Result,
  options: TransactionOptions = {},
): Promise<Result> {
  const begin = renderBegin(options)
  const stepsOf = (client: pg.PoolClient): TransactionSteps<pg.PoolClient> => ({
    transaction: client,
    begin: () => client.query(begin),
    commit: () => client.query('COMMIT'),
    rollback: () => client.query('ROLLBACK'),
  })
  return runTransaction(pool, stepsOf, use, options)
}

function renderBegin(options: TransactionOptions): string {
  const problems = new OptionProblems()
  const reader = new OptionReader('', options, problems)
  const isolationLevel = reader.oneOfOrOff('isolationLevel', isolationLevels, false)
  const accessMode = reader.oneOfOrOff('accessMode', accessModes, false)
  const isDeferrable = reader.boolean('deferrable', false)
  reader.rejectUnknown(['signal'])
  problems.throwIfAny()
  const deferrable =
    options.deferrable !== undefined && (isDeferrable ? 'DEFERRABLE' : 'NOT DEFERRABLE')
  const modes = [isolationLevel && `ISOLATION LEVEL ${isolationLevel}`, accessMode, deferrable]
  return ['BEGIN', ...modes.filter((mode) => mode !== false)].join(' ')
}
