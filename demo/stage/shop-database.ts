import type pg from 'pg'
import { now } from '../clock.ts'
import { FIRST_SOLD_OUT, INITIAL_STOCK, PRODUCTS } from '../contender/shop.ts'

/** What the database holds in the end, beside what the shop was told. */
export interface Ledger {
  /** Writes that the pool acknowledged. */
  readonly acknowledged: number
  /** Acknowledged, and not there. */
  readonly lost: number
  /** There more than once. */
  readonly doubled: number
  /** Orders that their handler never finished, committed all the same by somebody else. */
  readonly committedByStrangers: number
  /** Units that the stock is off, given all that was sold and restocked. */
  readonly unitsOff: number
}

/** Makes the shop's tables in `schema`. Tags are not unique there: nothing may hide a doubled write. */
export async function createShop(admin: pg.Client, schema: string): Promise<void> {
  await admin.query(`
    create schema ${schema};
    create table ${schema}.products (id int primary key, name text not null, price_cents int not null, stock int not null);
    create table ${schema}.orders (id int primary key generated always as identity, tag text not null, customer int not null);
    create table ${schema}.order_items (
      order_id int not null references ${schema}.orders, product_id int not null references ${schema}.products,
      quantity int not null, price_cents int not null);
    create table ${schema}.restocks (
      id int primary key generated always as identity, tag text not null,
      product_id int not null references ${schema}.products, quantity int not null);
    create index on ${schema}.order_items (order_id);
    insert into ${schema}.products
      select id, 'product ' || id, 100 + id, case when id < ${FIRST_SOLD_OUT} then ${INITIAL_STOCK} else 0 end
      from generate_series(1, ${PRODUCTS}) as id`)
}

export async function dropShop(admin: pg.Client, schema: string): Promise<void> {
  await admin.query(`set client_min_messages = warning; drop schema if exists ${schema} cascade`)
}

/** Ends up to `limit` backends of a contender that wait inside a transaction; gives back their pids. */
export async function killMidTransaction(
  admin: pg.Client,
  schema: string,
  limit: number,
): Promise<{ readonly at: number; readonly processIds: number[] }> {
  const at = now()
  const { rows } = await admin.query<{ pid: number }>(
    `with victims as (select pid from pg_stat_activity
       where application_name = $1 and state = 'idle in transaction' limit $2)
     select pid from victims where pg_terminate_backend(pid)`,
    [schema, limit],
  )
  return { at, processIds: rows.map(({ pid }) => pid) }
}

/** Orders that their handler never finished, and that are visible to everybody all the same. */
export async function countUnfinished(admin: pg.Client, schema: string): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `select count(*)::int as count from ${schema}.orders where tag like 'unfinished-%'`,
  )
  return rows[0]?.count ?? 0
}

/** Whether no backend of the contender is left, so that nothing is uncommitted any more. */
export async function isDeserted(admin: pg.Client, schema: string): Promise<boolean> {
  const { rows } = await admin.query('select from pg_stat_activity where application_name = $1', [
    schema,
  ])
  return rows.length === 0
}

/** Compares what the database holds with the tags of the writes that were acknowledged. */
export async function checkLedger(
  admin: pg.Client,
  schema: string,
  tags: readonly string[],
): Promise<Ledger> {
  const { rows } = await admin.query<{ tag: string; count: number }>(
    `select tag, count(*)::int as count
     from (select tag from ${schema}.orders union all select tag from ${schema}.restocks) as written
     group by tag`,
  )
  const found = new Map(rows.map(({ tag, count }) => [tag, count]))
  return {
    acknowledged: tags.length,
    lost: tags.filter((tag) => !found.has(tag)).length,
    doubled: rows.filter(({ count }) => count > 1).length,
    committedByStrangers: await countUnfinished(admin, schema),
    unitsOff: await countUnitsOff(admin, schema),
  }
}

async function countUnitsOff(admin: pg.Client, schema: string): Promise<number> {
  const { rows } = await admin.query<{ off: number }>(
    `select coalesce(sum(abs(
       product.stock
       - case when product.id < ${FIRST_SOLD_OUT} then ${INITIAL_STOCK} else 0 end
       - coalesce((select sum(quantity) from ${schema}.restocks where product_id = product.id), 0)
       + coalesce((select sum(quantity) from ${schema}.order_items where product_id = product.id), 0)
     )), 0)::int as off
     from ${schema}.products as product`,
  )
  return rows[0]?.off ?? 0
}
