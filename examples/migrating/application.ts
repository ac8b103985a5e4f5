// The application, which is the same before and after: it is given what the three files make.
import { eq, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { type Dialect, Kysely } from 'kysely'
import type pg from 'pg'
import { createTable, type Database, stock } from './schema.ts'

/** In the types of the vanilla packages, so that what comes after must fit them too. */
export interface Parts {
  readonly pool: pg.Pool
  readonly dialect: Dialect
  readonly db: NodePgDatabase<{ stock: typeof stock }> & { readonly $client: pg.Pool }
}

/** Everything that the application reads, by whatever way, and the errors that it gets. */
export async function runApplication({ pool, dialect, db }: Parts): Promise<readonly unknown[]> {
  await pool.query(createTable)
  return [...(await usePool(pool)), ...(await useKysely(dialect)), ...(await useDrizzle(db))]
}

async function usePool(pool: pg.Pool): Promise<readonly unknown[]> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('insert into migrating_stock values ($1, $2)', ['nail', 100])
    await client.query('commit')
  } finally {
    client.release()
  }
  const text = 'select count(*), now() is not null as is_now from migrating_stock'
  const { rows, fields, command } = await pool.query({ name: 'count', text })
  return [rows, fields.map(({ name, dataTypeID }) => [name, dataTypeID]), command]
}

async function useKysely(dialect: Dialect): Promise<readonly unknown[]> {
  const kysely = new Kysely<Database>({ dialect })
  const insert = kysely.insertInto('migrating_stock').values({ item: 'screw', pieces: 50 })
  return [
    await insert.executeTakeFirst(),
    await errorOf(insert.execute()),
    await errorOf(
      kysely.transaction().execute(async (trx) => {
        await trx.deleteFrom('migrating_stock').execute()
        throw new Error('changed my mind')
      }),
    ),
    await kysely.selectFrom('migrating_stock').selectAll().orderBy('item').execute(),
  ]
}

async function useDrizzle(db: Parts['db']): Promise<readonly unknown[]> {
  const take = (pieces: number) => ({ pieces: sql`${stock.pieces} - ${pieces}` })
  return [
    await db.update(stock).set(take(1)).where(eq(stock.item, 'nail')).returning(),
    await errorOf(
      db.transaction(async (tx) => {
        await tx.update(stock).set(take(10))
        await tx.update(stock).set(take(1_000)) // there are not as many
      }),
    ),
    await db.query.stock.findMany({ orderBy: stock.item }),
  ]
}

/** What an application can see of an error: its class, its text and the code of what caused it. */
async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return 'no error'
  } catch (error) {
    if (!(error instanceof Error)) return error
    const { code } = (error.cause ?? error) as { readonly code?: unknown }
    return [error.constructor.name, error.message, code]
  }
}
