import { setTimeout as pause } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { type Item, PAUSE_IN_TRANSACTION_MS, type ShopQueries, SoldOutError } from './shop.ts'
import type { Shop } from './tables.ts'

/** The shop through Kysely. */
export function createKyselyShop(db: Kysely<Shop>): ShopQueries {
  return {
    orm: 'kysely',
    placeOrder: (tag, customer, items) => placeOrder(db, { tag, customer }, items),
    async readOrder(orderId) {
      await db
        .selectFrom('orders')
        .innerJoin('order_items', 'order_items.order_id', 'orders.id')
        .innerJoin('products', 'products.id', 'order_items.product_id')
        .where('orders.id', '=', orderId)
        .select(['orders.tag', 'products.name', 'order_items.quantity', 'order_items.price_cents'])
        .execute()
    },
    async listProducts(fromId) {
      await db
        .selectFrom('products')
        .selectAll()
        .where('id', '>=', fromId)
        .orderBy('id')
        .limit(20)
        .execute()
    },
    async restock(tag, { productId, quantity }) {
      await db
        .with('arrived', (query) =>
          query
            .insertInto('restocks')
            .values({ tag, product_id: productId, quantity })
            .returning(['product_id', 'quantity']),
        )
        .updateTable('products')
        .from('arrived')
        .set((row) => ({ stock: row('products.stock', '+', row.ref('arrived.quantity')) }))
        .whereRef('products.id', '=', 'arrived.product_id')
        .execute()
    },
    async report() {
      await db
        .selectFrom('order_items')
        .select((row) => ['product_id', row.fn.sum('quantity').as('sold')])
        .groupBy('product_id')
        .orderBy('sold', 'desc')
        .limit(10)
        .execute()
    },
  }
}

function placeOrder(
  db: Kysely<Shop>,
  order: { readonly tag: string; readonly customer: number },
  items: readonly Item[],
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const { id } = await transaction
      .insertInto('orders')
      .values(order)
      .returning('id')
      .executeTakeFirstOrThrow()
    await pause(PAUSE_IN_TRANSACTION_MS)
    for (const { productId, quantity } of items) {
      const product = await transaction
        .updateTable('products')
        .set((row) => ({ stock: row('stock', '-', quantity) }))
        .where('id', '=', productId)
        .where('stock', '>=', quantity)
        .returning('price_cents')
        .executeTakeFirst()
      if (product === undefined) throw new SoldOutError(`product ${productId} is sold out`)
      await transaction
        .insertInto('order_items')
        .values({ order_id: id, product_id: productId, quantity, price_cents: product.price_cents })
        .execute()
    }
    return id
  })
}
