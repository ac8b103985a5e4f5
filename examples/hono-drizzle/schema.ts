import { relations } from 'drizzle-orm'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'

export const accounts = pgTable('bank_account', {
  owner: text().primaryKey(),
  balance: integer().notNull(),
})

export const transfers = pgTable('bank_transfer', {
  key: text().primaryKey(),
  sender: text().notNull(),
  recipient: text().notNull(),
  amount: integer().notNull(),
})

export const accountRelations = relations(accounts, ({ many }) => ({ sent: many(transfers) }))
export const transferRelations = relations(transfers, ({ one }) => ({
  account: one(accounts, { fields: [transfers.sender], references: [accounts.owner] }),
}))
