import { integer, pgTable, text } from 'drizzle-orm/pg-core'

/** For Drizzle. */
export const stock = pgTable('migrating_stock', {
  item: text().primaryKey(),
  pieces: integer().notNull(),
})

/** For Kysely. */
export interface Database {
  migrating_stock: { item: string; pieces: number }
}

export const createTable = `
  drop table if exists migrating_stock;
  create table migrating_stock (item text primary key, pieces integer not null check (pieces >= 0))`
