import { Hono } from 'hono'
import { validator } from 'hono/validator'
import { sql } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import { toErrorResponse, toReadinessResponse } from '../http/responses.ts'
import { changesOf, parseAccount, parseTransfer } from '../http/transfers.ts'
import type { openDatabase } from './database.ts'

/** The API. Every write runs in a transaction, so that what failed before its COMMIT did not happen. */
export function createApp({ db, pool }: ReturnType<typeof openDatabase>): Hono {
  const app = new Hono()
  app.onError((error) => toErrorResponse(error))

  // Alive is who answers: restarting this process would mend no database.
  app.get('/healthz', (context) => context.text('ok'))
  app.get('/readyz', () => toReadinessResponse(pool))

  app.get('/accounts', async (context) => {
    const accounts = await db
      .selectFrom('bank_account as account')
      .select(({ ref, selectFrom }) => [
        'account.owner',
        'account.balance',
        jsonArrayFrom(
          selectFrom('bank_transfer')
            .select(['recipient', 'amount'])
            .where('sender', '=', ref('account.owner')),
        ).as('sent'),
      ])
      .orderBy('account.owner')
      // A client that goes away takes its query with it. Reads only: a write had better be finished.
      .execute({ signal: context.req.raw.signal, inflightQueryAbortStrategy: 'cancel query' })
    return context.json(accounts)
  })

  app.post('/accounts', validator('json', parseAccount), async (context) => {
    const account = context.req.valid('json')
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('bank_account').values(account).execute()
    })
    return context.json(account, 201)
  })

  app.post('/transfers', validator('json', parseTransfer), async (context) => {
    const transfer = context.req.valid('json')
    const key = context.req.header('idempotency-key')
    if (key === undefined) return context.json({ error: 'an idempotency-key is required' }, 400)
    const isNew = await db.transaction().execute(async (trx) => {
      const recorded = await trx
        .insertInto('bank_transfer')
        .values({ key, ...transfer })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .executeTakeFirst()
      if (recorded.numInsertedOrUpdatedRows === 0n) return false // an earlier attempt did take effect
      for (const { owner, by } of changesOf(transfer)) {
        await trx
          .updateTable('bank_account')
          .set({ balance: sql<number>`balance + ${by}` })
          .where('owner', '=', owner)
          .execute()
      }
      return true
    })
    return context.json({ key, ...transfer }, isNew ? 201 : 200)
  })

  return app
}
