import { unknownFingerprint } from '@hale/core'
import type { HealthAwarePool } from '@hale/pg'
import type pg from 'pg'
import { loopback, runWith } from '../scenarios/query.ts'
import { openPool } from './open-pool.ts'
import { openOnPool, openSubject } from './open-subject.ts'
import { isObserved, type SpeedName } from './speed-name.ts'

/** One unit of work, and through what it is done. */
export type WorkKind =
  /** `pool.query` on the bare pool */
  | 'pool-query'
  /** `pool.connect` and `release` on the bare pool */
  | 'pool-lease'
  /** A statement through the contender's own interface */
  | 'query'
  /** A connection of one's own for a moment, through the contender's own interface */
  | 'lease'
  /** `client.query` on a client that is leased all the time */
  | 'client-query'
  /** The same, with nothing recorded of what the wire tap saw */
  | 'client-query-unrecorded'

export interface WorkTask {
  readonly name: SpeedName
  readonly kind: WorkKind
  readonly callers: number
  /** `loopback` is a server of no cost in the process itself, for what stands on pg. */
  readonly server: 'real' | 'loopback'
  readonly connectionString: string
  /**
   * How often the work is done before anything is measured. The compiler needs some 60,000 statements until
   * it settles, and longer for more code.
   */
  readonly settling: number
  /** Whether the event loop is watched meanwhile. */
  readonly isLoopWatched?: boolean
}

export interface OpenWork {
  /** Uses each connection once, so that none is opened or checked while the work is measured. */
  warm(): Promise<unknown>
  /** Does the work `count` times. */
  run(count: number): Promise<void>
  close(): Promise<void>
}

const max = 10
const statement = 'select 1'

/** Opens what a task is about, and all of its connections. */
export async function openWork(task: WorkTask): Promise<OpenWork> {
  const { unit, close, look } = await openUnit(task)
  const run = async (count: number): Promise<void> => {
    await look?.()
    await runWith(task.callers, unit, undefined, count)
  }
  const pipes = task.kind.startsWith('client-') ? 1 : max
  const warm = (): Promise<unknown> => Promise.all(Array.from({ length: pipes }, unit))
  await warm()
  return { warm, run, close }
}

interface Unit {
  unit(): Promise<unknown>
  close(): Promise<void>
  /** Whoever watches looks once; what that takes is a part of the work. */
  look?(): Promise<void>
}

async function openUnit(task: WorkTask): Promise<Unit> {
  const { kind, name, connectionString, server } = task
  const config = server === 'loopback' ? loopback() : { connectionString, max }
  if (isObserved(name)) {
    const { openObservedPool } = await import('./observed-pool.ts')
    const door = name === 'hale-observed' ? 'producer' : 'instruments'
    const { pool, look, close } = await openObservedPool(config, door)
    return { unit: () => pool.query(statement), close, look }
  }
  if (kind === 'query' || kind === 'lease') {
    const isReal = server === 'real'
    const subject = isReal
      ? await openSubject(name, { connectionString, max })
      : await openOnPool(name, config)
    const close = () => subject.close()
    if (kind === 'query') return { unit: () => subject.query(statement), close }
    return { unit: () => subject.withConnection(async () => {}), close }
  }
  const pool = await openPool(name, config)
  const close = () => pool.end()
  if (kind === 'pool-query') return { unit: () => pool.query(statement), close }
  if (kind === 'pool-lease') return { unit: () => leaseOnce(pool), close }
  if (kind === 'client-query-unrecorded') forgetRuns(pool as HealthAwarePool)
  const client = await pool.connect()
  return {
    unit: () => client.query(statement),
    close: () => {
      client.release()
      return pool.end()
    },
  }
}

async function leaseOnce(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  client.release()
}

/** Leaves the wire tap in place, and takes away what it tells its findings to. */
function forgetRuns({ monitor }: HealthAwarePool): void {
  monitor.recordRun = () => {}
  monitor.fingerprints.of = () => unknownFingerprint
}
