import { once } from 'node:events'
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createFakeClock } from '@hale/testkit'
import express from 'express'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { assembleDashboard } from '../../src/create-dashboard.ts'
import type { AuthorizeRequest, DashboardOptions } from '../../src/index.ts'
import { EventReader } from '../event-reader.ts'
import { FakePool } from '../fake-pool.ts'
import { startWebServer } from '../web-server.ts'

function createWorld(options: Partial<DashboardOptions> = {}) {
  const clock = createFakeClock(1_000_000)
  const pool = new FakePool(clock)
  const asked: AuthorizeRequest[] = []
  const authorize = (request: AuthorizeRequest): 'operate' => {
    asked.push(request)
    return 'operate'
  }
  const pools = { main: pool.asPool }
  return {
    clock,
    pool,
    asked,
    dashboard: assembleDashboard(pools, { authorize, ...options }, clock),
  }
}

/** Without following redirects, and with any headers, which `fetch` does not allow. */
async function get(url: string, headers: http.OutgoingHttpHeaders = {}): Promise<IncomingMessage> {
  const request = http.get(url, { headers, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  return response
}

/** Resolves when an event is there to its end; what it says is not looked at. */
async function eventOf(stream: IncomingMessage): Promise<void> {
  for (;;) {
    const [chunk] = (await once(stream, 'data')) as [Buffer]
    if (chunk.subarray(-2).equals(Buffer.from('\n\n'))) return
  }
}

async function tokenOf(page: string): Promise<string> {
  const html = await (await fetch(page)).text()
  return /name="hale-csrf" content="([^"]*)"/.exec(html)?.[1] ?? ''
}

async function observe(page: string): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-hale-csrf': await tokenOf(page) }
  const body = JSON.stringify({ pool: 'main', verb: 'observe' })
  return (await fetch(`${page}action`, { method: 'POST', headers, body })).status
}

/** The page works, its parts come, the missing slash is mended, and its buttons do something. */
async function expectMounted(page: string, pool: FakePool): Promise<void> {
  for (const part of ['', 'page.js', 'page.css', 'snapshot.json']) {
    expect([part, (await get(page + part)).statusCode]).toEqual([part, 200])
  }
  const stream = await fetch(`${page}events`)
  const reader = new EventReader(stream)
  await reader.until(({ pools }) => pools['main'] !== undefined)
  await reader.cancel()
  expect(await observe(page)).toBe(200)
  expect(pool.mode).toBe('observe')
}

async function expectSlash(withoutSlash: string): Promise<void> {
  const { statusCode, headers } = await get(withoutSlash)
  expect(statusCode).toBe(308)
  expect(new URL(headers.location ?? '', withoutSlash).href).toBe(`${withoutSlash}/`)
}

describe('the handler', () => {
  it('is all of a bare server', async () => {
    const { dashboard, pool } = createWorld()
    await using server = await startWebServer(dashboard.handler)
    await expectMounted(`${server.origin}/`, pool)
    expect((await get(`${server.origin}/other`)).statusCode).toBe(404)
  })
  it('is a part of a bare server under basePath', async () => {
    const { dashboard, pool } = createWorld({ basePath: '/ops/hale' })
    const listener: RequestListener = (request, response) => {
      dashboard.handler(request, response, () => response.writeHead(418).end())
    }
    await using server = await startWebServer(listener)
    await expectMounted(`${server.origin}/ops/hale/`, pool)
    await expectSlash(`${server.origin}/ops/hale`)
    expect((await get(`${server.origin}/`)).statusCode).toBe(418)
  })
  it('is mounted in Express, with a body parser in front, and lets other paths pass', async () => {
    const { dashboard, pool, asked } = createWorld()
    const app = express()
    app.use(express.json())
    app.use('/hale', dashboard.handler)
    app.use((_request, response) => void response.status(418).end())
    await using server = await startWebServer(app)
    await expectMounted(`${server.origin}/hale/`, pool)
    await expectSlash(`${server.origin}/hale`)
    expect((await get(`${server.origin}/hale/other`)).statusCode).toBe(418)
    expect((await get(`${server.origin}/`)).statusCode).toBe(418)
    expect(asked.at(-1)).toMatchObject({ url: '/hale/action', action: { verb: 'observe' } })
  })
  it('answers over HTTP/2', async () => {
    const { dashboard } = createWorld()
    const server = http2.createServer(dashboard.handler as never).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = http2.connect(`http://localhost:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':path': '/snapshot.json' })
    const [headers] = await once(stream, 'response')
    expect([headers[':status'], JSON.parse(await text(stream)).version]).toEqual([200, 1])
    const refused = session.request({ ':path': '/action', ':method': 'POST' })
    const [{ ':status': status }] = await once(refused, 'response')
    expect(status).toBe(403)
    session.destroy()
    server.close()
  })
  it('refuses names of other sites, and proxies, as the socket tells no difference', async () => {
    const { dashboard, asked } = createWorld()
    await using server = await startWebServer(dashboard.handler)
    for (const headers of [{ host: 'evil.example' }, { 'x-forwarded-for': '127.0.0.1' }]) {
      expect((await get(`${server.origin}/`, headers)).statusCode).toBe(403)
    }
    expect(asked).toEqual([])
  })
  it('reads no more of a body than it takes, and does not wait for the rest', async () => {
    const { dashboard, asked } = createWorld()
    await using server = await startWebServer(dashboard.handler)
    const token = await tokenOf(`${server.origin}/`)
    asked.splice(0)
    const headers = { 'content-type': 'application/json', 'x-hale-csrf': token }
    const request = http.request(`${server.origin}/action`, {
      method: 'POST',
      headers,
      agent: false,
    })
    request.on('error', () => {}) // what is written to a server that has answered
    request.write('x'.repeat(100_000)) // and it never ends
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect([response.statusCode, response.headers.connection]).toEqual([413, 'close'])
    expect(asked).toEqual([])
    request.destroy()
  })
  it('drops a viewer that hangs, and goes on with the others', async () => {
    const { clock, pool, dashboard } = createWorld()
    const streams: ServerResponse[] = []
    await using server = await startWebServer((request, response) => {
      streams.push(response)
      dashboard.handler(request, response)
    })
    const hanging = net.connect(server.port, '127.0.0.1')
    hanging.write('GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await once(hanging, 'readable') // its answer has begun; nobody reads it
    const other = http.get(`${server.origin}/events`, { agent: false })
    const [stream] = (await once(other, 'response')) as [IncomingMessage]
    for (let id = 1; id <= 300; id += 1) pool.open(id)
    // kernels buffer a few MB of a socket; a delta has about 200 kB
    for (let look = 1; look <= 400 && streams[0]?.destroyed === false; look += 1) {
      clock.advance(2_000)
      await eventOf(stream)
    }
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, false])
    clock.advance(2_000)
    await eventOf(stream)
    dashboard.close()
    stream.resume()
    await once(stream, 'end')
    hanging.destroy()
  })
})

describe('fetch', () => {
  it('is mounted in Hono', async () => {
    const { dashboard, pool } = createWorld({ basePath: '/hale' })
    const app = new Hono<{ Bindings: { incoming: IncomingMessage } }>()
    app.all('/hale/*', (c) => dashboard.fetch(c.req.raw, c.env))
    const env = { incoming: { socket: { remoteAddress: '127.0.0.1' } } as IncomingMessage }
    const ask = async (path: string): Promise<Response> =>
      app.request(`http://localhost${path}`, {}, env)
    for (const path of ['/hale/', '/hale/page.js', '/hale/snapshot.json']) {
      expect([path, (await ask(path)).status]).toEqual([path, 200])
    }
    expect((await ask('/hale')).headers.get('location')).toBe('./hale/')
    const reader = new EventReader(await ask('/hale/events'))
    const { pools } = await reader.until(() => true)
    expect(pools['main']?.mode).toBe(pool.mode)
    await reader.cancel()
    expect((await app.request('http://localhost/hale/')).status).toBe(403) // nobody knows who asks
  })
})
