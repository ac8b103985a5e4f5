import type { AdminSession } from '../../packages/cli/src/demo/admin-session.ts'

/** Orders and restocks that are kept: the shop runs for as long as anybody looks, and is to stay as fast. */
const KEPT = 5_000
const EVERY_MS = 10_000

/** Deletes the oldest orders and restocks of the shop now and then; gives back how to stop that. */
export function keepShopSmall(admin: AdminSession, schema: string): () => Promise<void> {
  const timer = setInterval(() => {
    admin.query(renderDeletes(schema)).catch(() => {}) // while the server restarts; the next time will do
  }, EVERY_MS)
  return async () => clearInterval(timer)
}

function renderDeletes(schema: string): string {
  const upTo = (table: string): string => `(select max(id) - ${KEPT} from ${schema}.${table})`
  return `
    delete from ${schema}.order_items where order_id <= ${upTo('orders')};
    delete from ${schema}.orders where id <= ${upTo('orders')};
    delete from ${schema}.restocks where id <= ${upTo('restocks')}`
}
