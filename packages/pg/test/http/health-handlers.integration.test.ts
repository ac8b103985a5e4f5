import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import express from 'express'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool, livenessHandler, readinessHandler } from '../../src/index.ts'

let server: TestPostgres
let pool: HealthAwarePool
const listening: Server[] = []
/** Status and body of `/live` or `/ready`, by the kind of server. */
const kinds: Record<string, (path: string, init?: RequestInit) => Promise<Response>> = {}

async function listen(http: Server): Promise<string> {
  listening.push(http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

beforeAll(async () => {
  server = await startPostgres({ ignoreEnvironment: true })
  pool = new HealthAwarePool({
    connectionString: server.connectionString,
    max: 1,
    connectionTimeoutMillis: 200,
    health: { sweepIntervalMs: 50 },
    opening: { outageToleranceMs: 100 },
  })
  const live = livenessHandler(pool)
  const ready = readinessHandler(pool)

  const bare = await listen(
    createServer((req, res) => (req.url === '/live' ? live : ready)(req, res)),
  )
  kinds['node:http'] = (path, init) => fetch(bare + path, init)

  const app = express()
  app.get('/live', live)
  app.use('/ready', ready)
  const mounted = await listen(createServer(app))
  kinds['Express'] = (path, init) => fetch(mounted + path, init)

  const hono = new Hono()
  hono.get('/live', live)
  hono.all('/ready', ready)
  kinds['Hono'] = async (path, init) => hono.request(path, init)

  kinds['Fetch'] = async (path, init) =>
    (path === '/live' ? live : ready)(new Request(`http://app${path}`, init))
})
afterAll(async () => {
  for (const http of listening) http.close()
  await pool?.end()
  await server?.stop()
})

/** What each kind of server answers. */
async function statuses(path: string): Promise<ReadonlySet<number>> {
  const answers = await Promise.all(Object.values(kinds).map((ask) => ask(path)))
  return new Set(answers.map(({ status }) => status))
}

async function reason(): Promise<string> {
  const body = await (await kinds['Express']?.('/ready'))?.json()
  return (body as { readonly reason: string }).reason
}

describe('health endpoints', () => {
  it('say yes while the server is up, on every kind of server', async () => {
    await pool.query('select 1')
    expect(await statuses('/ready')).toEqual(new Set([200]))
    expect(await statuses('/live')).toEqual(new Set([200]))
    for (const ask of Object.values(kinds)) {
      const response = await ask('/ready')
      expect(await response.json()).toMatchObject({ ready: true, reason: 'ready' })
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await (await ask('/ready', { method: 'HEAD' })).text()).toBe('')
      expect((await ask('/ready', { method: 'POST' })).status).toBe(405)
    }
  })
  it('say no while callers wait in vain, and need no slot for it', async () => {
    const client = await pool.connect()
    const waiting: Promise<unknown>[] = []
    const isExhausted = async () => {
      waiting.push(pool.query('select 1').catch(() => undefined))
      const answers = await statuses('/ready')
      return answers.size === 1 && answers.has(503) && (await reason()) === 'exhausted'
    }
    await waitFor(isExhausted, { describe: 'an answer that callers wait in vain' })
    expect(await statuses('/live')).toEqual(new Set([200]))
    client.release()
    await Promise.all(waiting)
    await waitFor(async () => (await statuses('/ready')).has(200))
  })
  it('say no while the server is down, but never that the process is to be restarted', async () => {
    await server.halt('immediate')
    const isDown = async () => {
      await pool.query('select 1').catch(() => undefined)
      return (await reason()) === 'server-unreachable'
    }
    await waitFor(isDown, { describe: 'an answer that the server is down' })
    expect(await statuses('/ready')).toEqual(new Set([503]))
    expect(await statuses('/live')).toEqual(new Set([200]))
    await server.restart()
    const isUp = async () => {
      await pool.query('select 1').catch(() => undefined)
      return (await statuses('/ready')).has(200)
    }
    await waitFor(isUp, { timeoutMs: 20_000, describe: 'an answer that the server is back' })
  })
})
