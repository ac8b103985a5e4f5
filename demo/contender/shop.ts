/** Products from this id on are sold out for good: some orders have to be rolled back. */
export const FIRST_SOLD_OUT = 181
export const PRODUCTS = 200
export const INITIAL_STOCK = 100_000

/** How long the shop does something else inside a transaction, as with a call to a payment service, ms. */
export const PAUSE_IN_TRANSACTION_MS = 6

export interface Item {
  readonly productId: number
  readonly quantity: number
}

/** Some product cannot be delivered: the order is rolled back, as the shop means it. */
export class SoldOutError extends Error {
  override readonly name = 'SoldOutError'
}

/** The work of the shop, written once with Kysely and once with Drizzle. */
export interface ShopQueries {
  readonly orm: 'kysely' | 'drizzle'
  /**
   * One transaction: order, items, stock.
   * @throws {SoldOutError} after it rolled back
   */
  placeOrder(tag: string, customer: number, items: readonly Item[]): Promise<number>
  readOrder(orderId: number): Promise<void>
  listProducts(fromId: number): Promise<void>
  /** One statement outside of a transaction that writes the restock and adds it to the stock. */
  restock(tag: string, item: Item): Promise<void>
  report(): Promise<void>
}
