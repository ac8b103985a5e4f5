import { setTimeout as pause } from 'node:timers/promises'
import { and, asc, desc, eq, gte, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { type Item, PAUSE_IN_TRANSACTION_MS, type ShopQueries, SoldOutError } from './shop.ts'
import { type drizzleSchema, orderItems, orders, products, restocks } from './tables.ts'

export type DrizzleShopDatabase = NodePgDatabase<typeof drizzleSchema>

/** The shop through Drizzle. */
export function createDrizzleShop(db: DrizzleShopDatabase): ShopQueries {
  return {
    orm: 'drizzle',
    placeOrder: (tag, customer, items) => placeOrder(db, { tag, customer }, items),
    async readOrder(orderId) {
      await db.query.orders.findFirst({ where: eq(orders.id, orderId), with: { items: true } })
    },
    async listProducts(fromId) {
      await db
        .select()
        .from(products)
        .where(gte(products.id, fromId))
        .orderBy(asc(products.id))
        .limit(20)
    },
    async restock(tag, { productId, quantity }) {
      const arrived = db
        .$with('arrived')
        .as(
          db
            .insert(restocks)
            .values({ tag, productId, quantity })
            .returning({ quantity: restocks.quantity }),
        )
      await db
        .with(arrived)
        .update(products)
        .set({ stock: sql`${products.stock} + (select ${arrived.quantity} from ${arrived})` })
        .where(eq(products.id, productId))
    },
    async report() {
      const sold = sql<number>`sum(${orderItems.quantity})`.as('sold')
      await db
        .select({ productId: orderItems.productId, sold })
        .from(orderItems)
        .groupBy(orderItems.productId)
        .orderBy(desc(sold))
        .limit(10)
    },
  }
}

function placeOrder(
  db: DrizzleShopDatabase,
  order: { readonly tag: string; readonly customer: number },
  items: readonly Item[],
): Promise<number> {
  return db.transaction(async (transaction) => {
    const [placed] = await transaction.insert(orders).values(order).returning({ id: orders.id })
    if (placed === undefined) throw new Error('an insert gave back no row')
    await pause(PAUSE_IN_TRANSACTION_MS)
    for (const { productId, quantity } of items) {
      const [product] = await transaction
        .update(products)
        .set({ stock: sql`${products.stock} - ${quantity}` })
        .where(and(eq(products.id, productId), gte(products.stock, quantity)))
        .returning({ priceCents: products.priceCents })
      if (product === undefined) throw new SoldOutError(`product ${productId} is sold out`)
      await transaction
        .insert(orderItems)
        .values({ orderId: placed.id, productId, quantity, ...product })
    }
    return placed.id
  })
}
