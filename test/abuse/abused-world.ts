import type { ConnectionIssue } from '@hale/core'
import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, afterEach, beforeAll } from 'vitest'

/** A server of one test file, and pools that end with their test. */
export interface AbusedWorld {
  readonly server: TestPostgres
  /** What the server has logged, every statement among it. */
  readonly log: string[]
  createPool(options?: HealthAwarePoolOptions): HealthAwarePool
  /** A session that has nothing to do with any pool. */
  connectStranger(options?: pg.ClientConfig): Promise<pg.Client>
}

/** So low that what takes minutes in life takes a second here. */
export const soon: HealthAwarePoolOptions = {
  sentinel: { intervalMs: 100, timeoutMs: 2_000 },
  leakDetection: { callSites: 'always' },
  health: {
    sweepIntervalMs: 50,
    thresholds: {
      blockedMs: { warning: 300, critical: false },
      blockingMs: { warning: 300, critical: false },
      idleInTransactionMs: { warning: 300, critical: false },
    },
  },
}

export function setUpAbusedWorld(settings: Readonly<Record<string, string>> = {}): AbusedWorld {
  let server: TestPostgres
  const log: string[] = []
  const pools: HealthAwarePool[] = []
  const strangers: pg.Client[] = []
  beforeAll(async () => {
    server = await startPostgres({
      ignoreEnvironment: true,
      settings: { log_statement: 'all', log_min_error_statement: 'error', ...settings },
      onLog: (line) => log.push(line),
    })
  })
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool[Symbol.asyncDispose]()))
    await Promise.all(strangers.splice(0).map((stranger) => stranger.end()))
  })
  afterAll(() => server?.stop())
  return {
    get server() {
      return server
    },
    log,
    createPool: (options) => {
      const pool = new HealthAwarePool({ connectionString: server.connectionString, ...options })
      pools.push(pool)
      return pool
    },
    connectStranger: async (options) => {
      const stranger = new pg.Client({ connectionString: server.connectionString, ...options })
      stranger.on('error', () => {})
      strangers.push(stranger)
      await stranger.connect()
      return stranger
    },
  }
}

type IssueOf<Type extends ConnectionIssue['type']> = Extract<ConnectionIssue, { type: Type }>

export function untilIssue<Type extends ConnectionIssue['type']>(
  pool: HealthAwarePool,
  type: Type,
): Promise<IssueOf<Type>> {
  const find = (): ConnectionIssue | undefined =>
    pool.monitor.openIssues().find((issue) => issue.type === type)
  return waitFor(find, { describe: `issue ${type}` }) as Promise<IssueOf<Type>>
}

/** A promise whose end nobody waits for. */
export function muffled<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch(() => undefined)
}
