import { setTimeout as delay } from 'node:timers/promises'
import type { ConnectionIssue } from '@hale/core'
import { waitFor } from '@hale/testkit'
import pg from 'pg'
import type { HealthAwarePool, HealthAwarePoolOptions } from '../../src/index.ts'

/** So low that a test takes seconds; the sentinel looks ten times a second. */
export const soon: HealthAwarePoolOptions = {
  max: 4,
  sentinel: { intervalMs: 100, timeoutMs: 2_000 },
  health: {
    thresholds: {
      blockedMs: { warning: 700, critical: false },
      blockingMs: { warning: 700, critical: false },
      idleInTransactionMs: { warning: 700, critical: false },
      lockHeldMs: { warning: 700, critical: false },
      locksHeld: { warning: 10, critical: false },
    },
  },
}

/** A client that has nothing to do with any pool. */
export async function connectStranger(
  connectionString: string,
  application: string,
): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: application })
  client.on('error', () => {})
  await client.connect()
  return client
}

type IssueOf<Type extends ConnectionIssue['type']> = Extract<ConnectionIssue, { type: Type }>

export function untilIssue<Type extends ConnectionIssue['type']>(
  pool: HealthAwarePool,
  type: Type,
): Promise<IssueOf<Type>> {
  return waitFor(
    () => pool.monitor.openIssues().find((issue) => issue.type === type) as IssueOf<Type>,
    { describe: `issue ${type}` },
  ) as Promise<IssueOf<Type>>
}

export function untilWatching(pool: HealthAwarePool): Promise<unknown> {
  return waitFor(
    () =>
      pool.snapshot().server.sentinel === 'watching' &&
      pool.snapshot().server.connections !== undefined,
    { describe: 'a sentinel that watches' },
  )
}

export function limitsOf(pool: HealthAwarePool): Record<string, string> {
  const { limits } = pool.snapshot().server
  return Object.fromEntries(limits.map(({ fact, reason }) => [fact, reason]))
}

/** A query whose end nobody waits for. */
export function muffled<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch(() => undefined)
}

export { delay }
