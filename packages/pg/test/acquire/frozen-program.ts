import { HealthAwarePool } from '../../src/index.ts'

// Run by freeze.integration.test.ts, which stops this process for longer than any of its deadlines.

const [connectionString = ''] = process.argv.slice(2)
const pool = new HealthAwarePool({ connectionString, max: 2, connectionTimeoutMillis: 1_500 })
const idle = await pool.connect()
const held = await pool.connect()
const running = held.query('select pg_sleep(1)').then(() => 'answered')
idle.release()
const alsoHeld = await pool.connect()
const waiting = pool.connect().then(
  (client) => {
    client.release()
    return 'served'
  },
  (error: unknown) => String(error),
)
process.send?.('ready')
process.once('message', async () => {
  const statement = await running
  held.release()
  const waiter = await waiting
  alsoHeld.release()
  const { totals, issues } = pool.snapshot()
  process.send?.({ statement, waiter, evicted: totals.recycles, issues })
  await pool.end()
  process.disconnect()
})
