import { eq, sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { validator } from 'hono/validator'
import { toErrorResponse, toReadinessResponse } from '../http/responses.ts'
import { changesOf, parseAccount, parseTransfer } from '../http/transfers.ts'
import type { openDatabase } from './database.ts'
import { accounts, transfers } from './schema.ts'

/** The API. Every write runs in a transaction, so that what failed before its COMMIT did not happen. */
export function createApp(db: ReturnType<typeof openDatabase>): Hono {
  const app = new Hono()
  app.onError((error) => toErrorResponse(error))

  // Alive is who answers: restarting this process would mend no database.
  app.get('/healthz', (context) => context.text('ok'))
  app.get('/readyz', () => toReadinessResponse(db.$client))

  app.get('/accounts', async (context) => {
    const found = await db.query.accounts.findMany({
      with: { sent: { columns: { recipient: true, amount: true } } },
      orderBy: accounts.owner,
    })
    return context.json(found)
  })

  app.post('/accounts', validator('json', parseAccount), async (context) => {
    const account = context.req.valid('json')
    await db.transaction((tx) => tx.insert(accounts).values(account))
    return context.json(account, 201)
  })

  app.post('/transfers', validator('json', parseTransfer), async (context) => {
    const transfer = context.req.valid('json')
    const key = context.req.header('idempotency-key')
    if (key === undefined) return context.json({ error: 'an idempotency-key is required' }, 400)
    const isNew = await db.transaction(async (tx) => {
      const recorded = await tx
        .insert(transfers)
        .values({ key, ...transfer })
        .onConflictDoNothing({ target: transfers.key })
      if (recorded.rowCount === 0) return false // an earlier attempt did take effect
      for (const { owner, by } of changesOf(transfer)) {
        const balance = sql`${accounts.balance} + ${by}`
        await tx.update(accounts).set({ balance }).where(eq(accounts.owner, owner))
      }
      return true
    })
    return context.json({ key, ...transfer }, isNew ? 201 : 200)
  })

  return app
}
