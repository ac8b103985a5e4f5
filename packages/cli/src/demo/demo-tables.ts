import { randomBytes } from 'node:crypto'
import type { AdminSession } from './admin-session.ts'
import type { HolderStatements } from './faults/holder-faults.ts'

export const PRODUCTS = 200
/** So many of them are locked by the fault that takes a lock: few enough that the workload goes on for a while. */
const LOCKED_PRODUCTS = 10

/** The tables of the demo, each with its schema: a `search_path` would not get through every pooler. */
export interface DemoTables {
  readonly schema: string
  readonly products: string
  readonly orders: string
}

/** Tables in a schema that no other demo on the same server has; in containers, process ids are alike. */
export function nameDemoTables(): DemoTables {
  const schema = `hale_demo_${randomBytes(4).toString('hex')}`
  return { schema, products: `${schema}.products`, orders: `${schema}.orders` }
}

/** What those who forget their connection run. */
export function holderStatements(products: string): HolderStatements {
  return {
    read: `select count(*) from ${products}`,
    lock: `select id from ${products} where id <= ${LOCKED_PRODUCTS} for update`,
  }
}

export async function createDemoTables(
  admin: AdminSession,
  { schema, products, orders }: DemoTables,
): Promise<void> {
  await admin.query(`
    create schema ${schema};
    create table ${products} (id int primary key, name text not null, stock int not null);
    create table ${orders} (
      id bigint primary key generated always as identity,
      product_id int not null references ${products}, quantity int not null);
    create index on ${orders} (product_id);
    insert into ${products}
      select id, 'product ' || id, 1000000 from generate_series(1, ${PRODUCTS}) as id`)
}

export async function dropDemoTables(admin: AdminSession, { schema }: DemoTables): Promise<void> {
  await admin.query(`set client_min_messages = warning; drop schema if exists ${schema} cascade`)
}
