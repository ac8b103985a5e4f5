import { waitFor } from '@hale/testkit'
import type pg from 'pg'
import type { HealthAwarePool } from '../../src/index.ts'

/** A watcher that takes no idle connection out of reach while a test counts them. */
export const quietHealth = { sweepIntervalMs: 60_000 } as const

/** What one lease of the only connection of a pool did to that pool. */
export interface LeaseRecord {
  /** Whether the client was idle again on the line after `release`. */
  readonly idleAtOnce: boolean
  /** Statements that were counted, a ROLLBACK of the pool's own among them; 0 when it was closed. */
  readonly attempts: number
  /** Whether the next borrower was lent the same backend. */
  readonly kept: boolean
  /** Total, idle and waiting once all is settled. */
  readonly counts: readonly [number, number, number]
  /** What the next borrower was answered. */
  readonly next: unknown
  /** The pool's own 'error' events. */
  readonly errors: readonly Error[]
}

/** A lease that ended as the application wants it: nothing to clean, nothing lost. */
export const cleanLease: LeaseRecord = {
  idleAtOnce: true,
  attempts: 1,
  kept: true,
  counts: [1, 1, 0],
  next: { one: 1, listening: [] },
  errors: [],
}

/** A lease whose leftovers were cleaned off its holder's path. */
export const cleanedLease: LeaseRecord = { ...cleanLease, idleAtOnce: false }

/** A lease whose connection could not be cleaned, and was replaced. */
export const closedLease: LeaseRecord = {
  ...cleanLease,
  idleAtOnce: false,
  attempts: 0,
  kept: false,
}

/** Lends the one client of `pool` (`max: 1`) to `use`, and to another borrower afterwards. */
export function recordLease(
  pool: HealthAwarePool,
  use: (client: pg.PoolClient) => unknown,
): Promise<LeaseRecord> {
  return record(pool, async () => {
    const client = await pool.connect()
    try {
      await use(client)
    } finally {
      client.release()
    }
  })
}

/** The same of something that leases by itself, such as `pool.query`. */
export async function record(
  pool: HealthAwarePool,
  work: () => Promise<unknown>,
): Promise<LeaseRecord> {
  const errors: Error[] = []
  const onError = (error: Error): void => void errors.push(error)
  pool.on('error', onError)
  const pid = await ask(pool)
  const attemptsBefore = attemptsOf(pool, pid.backend)
  await work()
  const idleAtOnce = pool.idleCount === 1
  await waitFor(() => isSettled(pool), { describe: 'the lease to be settled' })
  const attempts = attemptsOf(pool, pid.backend) - attemptsBefore
  const { backend, ...next } = await ask(pool)
  pool.off('error', onError)
  return {
    idleAtOnce,
    attempts: Math.max(attempts, 0),
    kept: backend === pid.backend,
    counts: [pool.totalCount, pool.idleCount, pool.waitingCount],
    next,
    errors,
  }
}

interface Answer {
  readonly backend: number
  readonly one: number
  readonly listening: readonly string[]
}

async function ask(pool: HealthAwarePool): Promise<Answer> {
  const { rows } = await pool.query<Answer>(
    'select pg_backend_pid() as backend, 1 as one, array(select pg_listening_channels()) as listening',
  )
  return rows[0] as Answer
}

function attemptsOf(pool: HealthAwarePool, backend: number): number {
  const connection = pool.snapshot().connections.find(({ processId }) => processId === backend)
  return connection?.metrics.attemptsTotal ?? 0
}

function isSettled(pool: HealthAwarePool): boolean {
  const { total, idle, closing } = pool.snapshot().counts
  return total === idle && closing === 0
}

/** The pid that pg knows of a client. */
export function pidOf(client: pg.ClientBase): number {
  return (client as unknown as { readonly processID: number }).processID
}
