import { setTimeout as pause } from 'node:timers/promises'
import { type HealthAwarePool, withHealthAwareTransaction } from '@hale/pg'
import { type DemoTables, PRODUCTS } from './demo-tables.ts'

const WORKERS = 6
/** A customer thinks so long between two operations, ms: enough for a pool to learn from, little for a machine. */
const THINK_MS = { least: 10, most: 40 }
/** Orders that are kept, so that the tables do not grow as long as the demo runs. */
const KEPT_ORDERS = 2_000
/** How long a customer stays away after an error, ms. */
const AFTER_ERROR_MS = 200

type Operation = (pool: HealthAwarePool, tables: DemoTables) => Promise<unknown>

const operations: readonly Operation[] = [placeOrder, listProducts, listProducts, readOrder, report]

/** Customers of a small shop, one operation after the other each, until `stop`. */
export class DemoWorkload {
  readonly #tables: DemoTables
  readonly #workers: readonly Promise<void>[]
  #isStopping = false

  constructor(pool: HealthAwarePool, tables: DemoTables) {
    this.#tables = tables
    this.#workers = Array.from({ length: WORKERS }, () => this.#work(pool))
  }

  /** Resolves when the last operations have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#workers)
  }

  async #work(pool: HealthAwarePool): Promise<void> {
    while (!this.#isStopping) {
      await pause(THINK_MS.least + (THINK_MS.most - THINK_MS.least) * Math.random())
      const operation = operations[Math.floor(Math.random() * operations.length)] ?? report
      try {
        await operation(pool, this.#tables)
      } catch {
        await pause(AFTER_ERROR_MS) // it is the visitor who breaks things; the dashboard tells what
      }
    }
  }
}

function placeOrder(pool: HealthAwarePool, { orders, products }: DemoTables): Promise<unknown> {
  const productId = drawProduct()
  return withHealthAwareTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `insert into ${orders} (product_id, quantity) values ($1, 1) returning id`,
      [productId],
    )
    await client.query(`update ${products} set stock = stock - 1 where id = $1`, [productId])
    await client.query(`delete from ${orders} where id = $1`, [Number(rows[0]?.id) - KEPT_ORDERS])
  })
}

function listProducts(pool: HealthAwarePool, { products }: DemoTables): Promise<unknown> {
  const text = `select id, name, stock from ${products} where id >= $1 order by id limit 20`
  return pool.query(text, [drawProduct()])
}

function readOrder(pool: HealthAwarePool, { orders, products }: DemoTables): Promise<unknown> {
  const text = `select o.id, p.name from ${orders} o join ${products} p on p.id = o.product_id where p.id = $1 limit 5`
  return pool.query(text, [drawProduct()])
}

function report(pool: HealthAwarePool, { orders }: DemoTables): Promise<unknown> {
  return pool.query(
    `select product_id, sum(quantity) from ${orders} group by product_id order by 2 desc limit 10`,
  )
}

function drawProduct(): number {
  return 1 + Math.floor(Math.random() * PRODUCTS)
}
