import { drizzle } from '@hale/drizzle'
import { HealthAwareDialect } from '@hale/kysely'
import type { HealthAwarePool } from '@hale/pg'
import { sql as drizzleSql } from 'drizzle-orm'
import { Kysely, sql as kyselySql } from 'kysely'

export const wayNames = ['pool.query', 'a leased client', 'Kysely', 'Drizzle'] as const
export type WayName = (typeof wayNames)[number]

/** One statement as plain SQL. */
export type Run = (text: string) => Promise<unknown>

/** How an application runs statements on a pool. */
export interface Way extends AsyncDisposable {
  readonly name: WayName
  readonly run: Run
}

/** A leased client is leased now, and given back at the end of the scope. */
export async function openWay(name: WayName, pool: HealthAwarePool): Promise<Way> {
  const nothing = (): Promise<void> => Promise.resolve()
  switch (name) {
    case 'pool.query':
      return { name, run: (text) => pool.query(text), [Symbol.asyncDispose]: nothing }
    case 'a leased client': {
      const client = await pool.connect()
      const giveBack = async (): Promise<void> => client.release()
      return { name, run: (text) => client.query(text), [Symbol.asyncDispose]: giveBack }
    }
    case 'Kysely': {
      const db = new Kysely<unknown>({ dialect: new HealthAwareDialect({ pool }) })
      const run: Run = (text) => kyselySql.raw(text).execute(db)
      return { name, run, [Symbol.asyncDispose]: nothing }
    }
    case 'Drizzle': {
      const db = drizzle(pool)
      const run: Run = async (text) => db.execute(drizzleSql.raw(text)) // nothing is sent before somebody awaits it
      return { name, run, [Symbol.asyncDispose]: nothing }
    }
    default:
      throw name satisfies never
  }
}

/** A transaction, as the layer runs it. */
export function transactionOf(
  name: 'Kysely' | 'Drizzle',
  pool: HealthAwarePool,
  use: (run: Run) => Promise<unknown>,
): Promise<unknown> {
  if (name === 'Drizzle') {
    return drizzle(pool).transaction((tx) => use((text) => tx.execute(drizzleSql.raw(text))))
  }
  const db = new Kysely<unknown>({ dialect: new HealthAwareDialect({ pool }) })
  return db.transaction().execute((tx) => use((text) => kyselySql.raw(text).execute(tx)))
}

/** The error that tells: Drizzle wraps what pg rejects with. */
export function codeOf(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code
  }
  return undefined
}

/** What the caller of a statement was told, and when. */
export interface Told {
  readonly code: string | undefined
  readonly because: string | undefined
  readonly message: string
  readonly afterMs: number
}

/** @throws when the statement succeeds */
export async function toldOf(statement: Promise<unknown>): Promise<Told> {
  const since = performance.now()
  const error: unknown = await statement.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const afterMs = performance.now() - since
  if (error === undefined) throw new Error(`succeeded after ${Math.round(afterMs)} ms`)
  let cause = error
  while (cause instanceof Error && !('code' in cause) && cause.cause instanceof Error) {
    cause = cause.cause
  }
  const { because } = cause as { because?: string }
  return { code: codeOf(error), because, message: (cause as Error).message, afterMs }
}
