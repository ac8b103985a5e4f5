import { setTimeout as delay } from 'node:timers/promises'
import { HealthAwarePool } from '../../src/index.ts'

// Is watched once, and then idle, or ends its pool: whether the process ends is not up to the sentinel.
const [, , connectionString, options = '{}', work = 'idle'] = process.argv
const pool = new HealthAwarePool({
  connectionString,
  sentinel: { intervalMs: 100 },
  idleTimeoutMillis: 3_600_000,
  ...JSON.parse(options),
})
await pool.query('select 1')
while (pool.snapshot().server.sentinel !== 'watching') await delay(10)
process.stdout.write('watched\n')
if (work === 'end') await pool.end()
if (work === 'end') process.stdout.write('ended\n')
