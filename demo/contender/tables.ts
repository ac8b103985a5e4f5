import { relations } from 'drizzle-orm'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import type { Generated } from 'kysely'

/** The shop's tables as Kysely sees them. */
export interface Shop {
  products: { id: number; name: string; price_cents: number; stock: number }
  orders: { id: Generated<number>; tag: string; customer: number }
  order_items: { order_id: number; product_id: number; quantity: number; price_cents: number }
  restocks: { id: Generated<number>; tag: string; product_id: number; quantity: number }
}

export const products = pgTable('products', {
  id: integer('id').primaryKey(),
  name: text('name').notNull(),
  priceCents: integer('price_cents').notNull(),
  stock: integer('stock').notNull(),
})
export const orders = pgTable('orders', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  tag: text('tag').notNull(),
  customer: integer('customer').notNull(),
})
export const orderItems = pgTable('order_items', {
  orderId: integer('order_id').notNull(),
  productId: integer('product_id').notNull(),
  quantity: integer('quantity').notNull(),
  priceCents: integer('price_cents').notNull(),
})
export const restocks = pgTable('restocks', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  tag: text('tag').notNull(),
  productId: integer('product_id').notNull(),
  quantity: integer('quantity').notNull(),
})
const ordersRelations = relations(orders, ({ many }) => ({ items: many(orderItems) }))
const orderItemsRelations = relations(orderItems, ({ one }) => ({
  order: one(orders, { fields: [orderItems.orderId], references: [orders.id] }),
}))

/** The shop's tables as Drizzle sees them. */
export const drizzleSchema = {
  products,
  orders,
  orderItems,
  restocks,
  ordersRelations,
  orderItemsRelations,
}
