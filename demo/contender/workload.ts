import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom } from '@hale/testkit'
import { now } from '../clock.ts'
import type { Operation, OperationName } from './messages.ts'
import { FIRST_SOLD_OUT, type Item, PRODUCTS, type ShopQueries, SoldOutError } from './shop.ts'

const WORKERS = 8

/** A customer thinks this long between two operations, ms, so that the machine is never the limit. */
const THINK_MS = { least: 10, most: 30 }

/** Shares of the mix, out of 100. */
const mix: readonly (readonly [OperationName, number])[] = [
  ['place order', 25],
  ['restock', 15],
  ['read order', 30],
  ['list products', 20],
  ['report', 10],
]

/** The latest orders that customers read again. */
const REMEMBERED_ORDERS = 5_000

/** Share of the orders that want something that is sold out, and are rolled back. */
const SOLD_OUT_RATIO = 0.3

/** Customers who come one after the other, half of them through each ORM, until `stop`. */
export class Workload {
  readonly #tagPrefix: string
  readonly #report: (operation: Operation) => void
  readonly #workers: Promise<void>[] = []
  readonly #orderIds: number[] = []
  #written = 0
  #stopping = false

  constructor(tagPrefix: string, report: (operation: Operation) => void) {
    this.#tagPrefix = tagPrefix
    this.#report = report
  }

  /** The same seeds in every process: each contender draws the same customers. */
  start(shops: readonly [ShopQueries, ShopQueries]): void {
    for (let worker = 0; worker < WORKERS; worker++) {
      const shop = worker % 2 === 0 ? shops[0] : shops[1]
      this.#workers.push(this.#work(shop, createSeededRandom(worker + 1)))
    }
  }

  /** Resolves when every worker has ended its last operation. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#workers)
  }

  async #work(shop: ShopQueries, random: () => number): Promise<void> {
    while (!this.#stopping) {
      await pause(THINK_MS.least + (THINK_MS.most - THINK_MS.least) * random())
      const operation = pick(random)
      const startedAt = now()
      const timed = (outcome: Operation['outcome']): Operation => {
        return { operation, orm: shop.orm, startedAt, endedAt: now(), outcome }
      }
      try {
        const tag = await this.#perform(shop, operation, random)
        this.#report({ ...timed('done'), ...(tag === undefined ? {} : { tag }) })
      } catch (error) {
        if (error instanceof SoldOutError) this.#report(timed('refused'))
        else this.#report({ ...timed('failed'), error: rootMessage(error) })
      }
    }
  }

  async #perform(
    shop: ShopQueries,
    operation: OperationName,
    random: () => number,
  ): Promise<string | undefined> {
    switch (operation) {
      case 'place order': {
        const tag = this.#nextTag()
        const orderId = await shop.placeOrder(tag, Math.floor(random() * 1_000), drawItems(random))
        this.#orderIds.push(orderId)
        if (this.#orderIds.length > REMEMBERED_ORDERS) this.#orderIds.shift()
        return tag
      }
      case 'restock': {
        const tag = this.#nextTag()
        await shop.restock(tag, {
          productId: drawProduct(random),
          quantity: 1 + Math.floor(random() * 20),
        })
        return tag
      }
      case 'read order':
        await shop.readOrder(this.#orderIds[Math.floor(random() * this.#orderIds.length)] ?? 1)
        return undefined
      case 'list products':
        await shop.listProducts(drawProduct(random))
        return undefined
      case 'report':
        await shop.report()
        return undefined
    }
  }

  #nextTag(): string {
    this.#written += 1
    return `${this.#tagPrefix}-${this.#written}`
  }
}

function pick(random: () => number): OperationName {
  let rest = random() * 100
  for (const [operation, share] of mix) {
    if (rest < share) return operation
    rest -= share
  }
  return 'list products'
}

function drawProduct(random: () => number): number {
  return 1 + Math.floor(random() * (FIRST_SOLD_OUT - 1))
}

/** Two different products in ascending order, so that no two orders wait for each other. */
function drawItems(random: () => number): Item[] {
  const first = drawProduct(random)
  const isSoldOut = random() < SOLD_OUT_RATIO
  const second = isSoldOut
    ? FIRST_SOLD_OUT + Math.floor(random() * (PRODUCTS - FIRST_SOLD_OUT + 1))
    : 1 + ((first + Math.floor(random() * (FIRST_SOLD_OUT - 2))) % (FIRST_SOLD_OUT - 1))
  return [first, second]
    .sort((a, b) => a - b)
    .map((productId) => ({ productId, quantity: 1 + Math.floor(random() * 3) }))
}

/** What PostgreSQL or the driver said; Drizzle wraps it in an error that repeats the statement. */
function rootMessage(error: unknown): string {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  return root instanceof Error ? root.message : String(root)
}
