import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { now } from '../clock.ts'
import { type ContenderPool, commonOptions, processIdOf } from './contender-pool.ts'
import { createDrizzleShop } from './drizzle-shop.ts'
import { createKyselyShop } from './kysely-shop.ts'
import type { ContenderPlan, FromContender, ToContender } from './messages.ts'
import { Workload } from './workload.ts'

/** How long the last operations and the goodbye to the server may take, ms. */
const STOP_MS = 2_500
const GOODBYE_MS = 1_000

const plan = JSON.parse(process.env['HALE_DEMO_CONTENDER'] ?? '{}') as ContenderPlan

function tell(message: FromContender): void {
  if (process.connected) process.send?.(message)
}

async function createPool(): Promise<ContenderPool> {
  const options = commonOptions(plan.connectionString, plan.schema)
  if (plan.name === 'plain') {
    const { createPlainPool } = await import('./plain-pool.ts')
    return createPlainPool(options, tell)
  }
  const { createHalePool } = await import('./hale-pool.ts')
  return createHalePool(options, tell)
}

/** The bug of the fourth act: a handler that returns early, with its order half written. */
async function leaveOpen(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const tag = `unfinished-${plan.generation}-${now()}`
    await client.query(
      `with placed as (insert into orders (tag, customer) values ($1, 0) returning id)
       insert into order_items select id, 1, 1, 0 from placed`,
      [tag],
    )
    tell({ type: 'left-open', at: now(), processId: processIdOf(client) })
  } finally {
    client.release()
  }
}

async function stop({ pool, countTaken }: ContenderPool, workload: Workload): Promise<void> {
  await Promise.race([workload.stop(), pause(STOP_MS)])
  tell({ type: 'stopped', taken: countTaken() })
  await Promise.race([pool.end(), pause(GOODBYE_MS)])
  process.exit(0)
}

process.on('disconnect', () => process.exit(1)) // never outlives its parent
process.on('SIGINT', () => {}) // Ctrl-C goes to the whole group; the parent decides
process.on('uncaughtExceptionMonitor', (error) => tell({ type: 'dying', error: error.message }))

const contender = await createPool()
const { pool, kysely, drizzle } = contender
const workload = new Workload(`${plan.name}-${plan.generation}`, (operation) =>
  tell({ type: 'operation', ...operation }),
)
process.on('message', (message: ToContender) => {
  if (message.type === 'stop') void stop(contender, workload)
  else leaveOpen(pool).catch(() => {}) // a pool that has no client to give has none to leave open
})
workload.start([createKyselyShop(kysely), createDrizzleShop(drizzle)])
tell({ type: 'ready' })
