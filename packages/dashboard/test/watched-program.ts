import http from 'node:http'
import { HealthAwarePool } from '@hale/pg'
import { createDashboard } from '../src/index.ts'

// Has a dashboard that nobody closes, and streams its events to itself until its server is closed.
const [, , connectionString = ''] = process.argv
const pool = new HealthAwarePool({ connectionString, allowExitOnIdle: true })
const dashboard = createDashboard(pool, { authorize: () => true, intervalMs: 500 })
await pool.query('select 1')
const server = http.createServer(dashboard.handler)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  http.get(`http://127.0.0.1:${port}/events`, (response) => {
    response.once('data', () => {
      response.destroy()
      server.close()
      server.closeAllConnections()
      process.stdout.write('done\n')
    })
  })
})
