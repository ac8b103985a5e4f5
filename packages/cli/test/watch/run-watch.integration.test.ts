import { createDashboard, type DashboardState } from '@hale/dashboard'
import { HealthAwarePool } from '@hale/pg'
import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runWatch } from '../../src/watch/run-watch.ts'
import { createFakePorts } from '../fake-ports.ts'
import { serve, type TestServer } from './serve.ts'

let postgres: TestPostgres
let pool: HealthAwarePool

beforeAll(async () => {
  postgres = await startPostgres()
  pool = new HealthAwarePool({ connectionString: postgres.connectionString, max: 3 })
  await pool.query('select 1')
})
afterAll(async () => {
  await pool?.end()
  await postgres?.stop()
})

/** The real dashboard of one pool named `primary`, behind a header. */
async function serveDashboard(port?: number): Promise<TestServer> {
  const dashboard = createDashboard(
    { primary: pool },
    {
      basePath: '/hale/',
      intervalMs: 500,
      authorize: ({ headers }) => (headers.get('authorization') === 'Bearer t' ? 'view' : false),
    },
  )
  const server = await serve((request, response) => void dashboard.handler(request, response), port)
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      dashboard.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

const header = ['--header', 'authorization: Bearer t']

describe('hale watch', () => {
  it('draws the pools of a dashboard once', async () => {
    await using server = await serveDashboard()
    const ports = createFakePorts()
    expect(await runWatch([server.url.href, '--once', ...header], ports)).toBe(0)
    expect(ports.written.stderr).toBe('')
    expect(ports.written.stdout).toMatch(/^primary [●?] /m)
    expect(ports.written.stdout).toMatch(/^ {2}connections 1\/3 /m)
    expect(ports.written.stdout).not.toContain('\u001b')
  })
  it('gives the state to programs', async () => {
    await using server = await serveDashboard()
    const ports = createFakePorts({ HALE_WATCH_HEADER: 'authorization: Bearer t' })
    expect(await runWatch([server.url.href, '--json'], ports)).toBe(0)
    const state = JSON.parse(ports.written.stdout) as DashboardState
    expect(state.pools['primary']?.counts).toMatchObject({ max: 3, total: 1 })
  })
  it('says that it was not let in', async () => {
    await using server = await serveDashboard()
    const ports = createFakePorts()
    expect(await runWatch([server.url.href], ports)).toBe(3)
    expect(ports.written.stdout).toBe('')
    expect(ports.written.stderr).toContain('does not let us in')
  })
  it('follows a dashboard through its restart until q, and gives the terminal back', async () => {
    const first = await serveDashboard()
    const ports = createFakePorts({}, { isTTY: true, columns: 100, rows: 30 })
    const code = runWatch([first.url.href, ...header], ports)
    const isDrawn = (text: string, from = 0): Promise<unknown> =>
      waitFor(() => ports.written.stdout.includes(text, from), { describe: `a frame with ${text}` })
    await isDrawn('primary')
    await pool.evictAll()
    await isDrawn('evicted')
    const beforeLoss = ports.written.stdout.length
    await first[Symbol.asyncDispose]()
    await isDrawn('stale', beforeLoss)
    const beforeReturn = ports.written.stdout.length
    await using _second = await serveDashboard(first.port)
    await isDrawn('connections 0/3', beforeReturn)
    ports.stdin.emit('data', 'q')
    expect(await code).toBe(0)
    expect(ports.written.stdout.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true)
    expect(ports.rawModes).toEqual([true, false])
  })
})
