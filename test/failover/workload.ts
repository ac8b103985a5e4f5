import { setTimeout as delay } from 'node:timers/promises'
import { createHealthAwareClient, drizzle } from '@hale/drizzle'
import { HealthAwareDialect } from '@hale/kysely'
import type { HealthAwarePool, HealthAwarePoolOptions } from '@hale/pg'
import { sql as drizzleSql } from 'drizzle-orm'
import { Kysely, sql as kyselySql } from 'kysely'
import type pg from 'pg'
import { codeOf } from './ways.ts'

/**
 * What the application knows of a write. `refused`: the server, or the pool, said no before anything was
 * written. `unknown`: the connection died under it.
 */
export type Outcome = 'acknowledged' | 'refused' | 'unknown'

/** One write under a tag of its own: one row, or two in a transaction. */
export interface Write {
  readonly tag: string
  readonly kind: 'statement' | 'transaction'
  readonly outcome: Outcome
  /** SQLSTATE or Hale's, of one that was not acknowledged. */
  readonly code: string | undefined
  readonly settledAt: number
}

export const createLedger = 'create table ledger (tag text not null, part int not null)' // no key: what is there twice is seen

export const layerNames = ['Kysely', 'Drizzle'] as const
export type LayerName = (typeof layerNames)[number]

/** An application over a pool of its own that writes and writes. */
export interface Writers {
  readonly layer: LayerName
  readonly pool: HealthAwarePool
  readonly writes: readonly Write[]
  /** Ends the pool, too. */
  stop(): Promise<void>
}

interface Writer {
  statement(tag: string): Promise<unknown>
  transaction(tag: string): Promise<unknown>
}

const workers = 4

/** Each worker writes by a statement and by a transaction in turn, and never tries one again. */
export function startWriters(layer: LayerName, options: HealthAwarePoolOptions): Writers {
  const pool = createHealthAwareClient(options)
  pool.on('error', () => {})
  const writer = layer === 'Kysely' ? overKysely(pool) : overDrizzle(pool)
  const writes: Write[] = []
  let isOver = false
  const work = async (worker: number): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const kind = n % 2 === 0 ? 'statement' : 'transaction'
      const tag = `${layer}-${worker}-${n}`
      const error: unknown = await writer[kind](tag).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      const code = codeOf(error)
      const outcome = error === undefined ? 'acknowledged' : outcomeOf(code)
      writes.push({ tag, kind, outcome, code, settledAt: performance.now() })
      if (error !== undefined) await delay(5) // as a caller that is refused at once would
    }
  }
  const working = Array.from({ length: workers }, (_, worker) => work(worker))
  const stop = async (): Promise<void> => {
    isOver = true
    await Promise.all(working)
    await pool.end()
  }
  return { layer, pool, writes, stop }
}

function overKysely(pool: HealthAwarePool): Writer {
  const db = new Kysely<unknown>({ dialect: new HealthAwareDialect({ pool }) })
  const insert = (tag: string, part: number) =>
    kyselySql`insert into ledger values (${tag}, ${part})`
  return {
    statement: (tag) => insert(tag, 0).execute(db),
    transaction: (tag) =>
      db.transaction().execute(async (tx) => {
        await insert(tag, 1).execute(tx)
        await insert(tag, 2).execute(tx)
      }),
  }
}

function overDrizzle(pool: HealthAwarePool): Writer {
  const db = drizzle(pool)
  const insert = (tag: string, part: number) =>
    drizzleSql`insert into ledger values (${tag}, ${part})`
  return {
    statement: (tag) => db.execute(insert(tag, 0)),
    transaction: (tag) =>
      db.transaction(async (tx) => {
        await tx.execute(insert(tag, 1))
        await tx.execute(insert(tag, 2))
      }),
  }
}

/** Codes that say that nothing was written: never sent, or refused before it began. */
const refusals = new Set([
  'HALE_ACQUIRE_TIMEOUT',
  'HALE_SERVER_UNAVAILABLE',
  '25006', // read_only_sql_transaction
  '57P03', // cannot_connect_now
])

function outcomeOf(code: string | undefined): Outcome {
  return code !== undefined && refusals.has(code) ? 'refused' : 'unknown'
}

/** What the ledger holds against what the application knows. All of it is to be empty. */
export interface Discrepancies {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly halves: readonly string[]
  /** Refused, and there all the same. */
  readonly unwelcome: readonly string[]
}

export const noDiscrepancies: Discrepancies = { lost: [], doubled: [], halves: [], unwelcome: [] }

export async function audit(client: pg.Client, writes: readonly Write[]): Promise<Discrepancies> {
  const { rows } = await client.query<{ tag: string; parts: number[] }>(
    'select tag, array_agg(part order by part) as parts from ledger group by tag',
  )
  const kept = new Map(rows.map(({ tag, parts }) => [tag, parts]))
  const tagsOf = (is: (write: Write, parts: readonly number[] | undefined) => boolean) =>
    writes.filter((write) => is(write, kept.get(write.tag))).map(({ tag }) => tag)
  return {
    lost: tagsOf(({ outcome }, parts) => outcome === 'acknowledged' && parts === undefined),
    doubled: tagsOf((_, parts = []) => new Set(parts).size < parts.length),
    halves: tagsOf(({ kind }, parts) => kind === 'transaction' && parts?.length === 1),
    unwelcome: tagsOf(({ outcome }, parts) => outcome === 'refused' && parts !== undefined),
  }
}
