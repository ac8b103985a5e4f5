import { HealthAwarePool } from '../../src/index.ts'

// Asks once, says so, and then does nothing: whether the process ends is up to the idle connection.
const [, , connectionString, options = '{}', work = 'query'] = process.argv
const pool = new HealthAwarePool({ connectionString, ...JSON.parse(options) })
if (work === 'query') await pool.query('select 1')
else {
  const client = await pool.connect()
  await client.query('begin')
  client.release() // to be cleaned
}
process.stdout.write('idle\n')
