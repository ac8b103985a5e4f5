import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { assembleDashboard, type Dashboard } from '../src/create-dashboard.ts'
import type {
  ActionOutcome,
  AuthorizeRequest,
  DashboardAccess,
  DashboardOptions,
  DashboardState,
  TimelineEntry,
} from '../src/index.ts'
import { FakePool } from './fake-pool.ts'

const here = { remoteAddress: '127.0.0.1' }

function createWorld(
  authorize: (request: AuthorizeRequest) => DashboardAccess | Promise<DashboardAccess>,
  options: Partial<DashboardOptions> = {},
) {
  const clock = createFakeClock(1_000_000)
  const pool = new FakePool(clock)
  const dashboard = assembleDashboard({ main: pool.asPool }, { authorize, ...options }, clock)
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    dashboard.fetch(new Request(`http://localhost:3000${path}`, init), here)
  return { clock, pool, dashboard, ask }
}

/** What the page has been given to act with. */
async function tokenOf(ask: (path: string) => Promise<Response>): Promise<string> {
  const html = await (await ask('/')).text()
  return /name="hale-csrf" content="([^"]*)"/.exec(html)?.[1] ?? ''
}

async function timelineOf(
  ask: (path: string) => Promise<Response>,
): Promise<readonly TimelineEntry[]> {
  const { pools } = (await (await ask('/snapshot.json')).json()) as DashboardState
  return pools['main']?.timeline ?? []
}

function post(token: string, action: unknown, headers: Record<string, string> = {}): RequestInit {
  const body = typeof action === 'string' ? action : JSON.stringify(action)
  const own = { 'content-type': 'application/json', 'x-hale-csrf': token }
  return { method: 'POST', body, headers: { ...own, ...headers } }
}

const paths = ['/', '/page.js', '/page.css', '/snapshot.json', '/events']

describe('what is shown', () => {
  it('is the page, its parts and its data, each of its own type and never kept', async () => {
    const { ask } = createWorld(() => true)
    const types = await Promise.all(
      paths.map(async (path) => {
        const { status, headers, body } = await ask(path)
        await body?.cancel()
        return [status, headers.get('content-type'), headers.get('cache-control')]
      }),
    )
    const kept = 'no-store, no-transform'
    expect(types).toEqual([
      [200, 'text/html; charset=utf-8', kept],
      [200, 'text/javascript; charset=utf-8', kept],
      [200, 'text/css; charset=utf-8', kept],
      [200, 'application/json; charset=utf-8', kept],
      [200, 'text/event-stream; charset=utf-8', kept],
    ])
  })
  it('runs, frames and leaks nothing, whatever the answer is', async () => {
    const { ask } = createWorld(({ url }) => !url.includes('denied'))
    for (const path of ['/', '/?denied', '/snapshot.json', '/nothing', '/action']) {
      const { headers } = await ask(path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })
  it('has no inline script or style, and no placeholder left', async () => {
    const { ask } = createWorld(() => 'operate')
    const html = await (await ask('/')).text()
    expect(html).not.toMatch(/__HALE|<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i)
    expect(html).not.toMatch(/(?:src|href)="(?:\/|https?:)/) // relative, whatever the mount is
  })
  it('is nothing for other methods, and no body for HEAD', async () => {
    const { ask } = createWorld(() => true)
    const refused = await ask('/snapshot.json', { method: 'DELETE' })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await ask('/action')).status).toBe(405)
    expect(await (await ask('/', { method: 'HEAD' })).text()).toBe('')
  })
  it('is 404 elsewhere, and 503 after close', async () => {
    const { ask, dashboard } = createWorld(() => true)
    expect((await ask('/nothing')).status).toBe(404)
    dashboard.close()
    expect((await ask('/snapshot.json')).status).toBe(503)
  })
})

describe('who may see it', () => {
  it.each<[string, () => unknown]>([
    ['false', () => false],
    [
      'an error',
      () => {
        throw new Error('secret')
      },
    ],
    ['a promise that rejects', () => Promise.reject(new Error('secret'))],
    ['undefined', () => undefined],
    ['a number', () => 1],
    ['another word', () => 'admin'],
    ['another object', () => ({ access: 'admin', role: 'operate' })],
  ])('is nobody for %s', async (_, answer) => {
    const { ask } = createWorld(answer as () => DashboardAccess)
    for (const path of paths) {
      const response = await ask(path)
      expect([response.status, await response.text()]).toEqual([
        403,
        'You may not see this page.\n',
      ])
    }
  })
  it('is asked with who asks for what', async () => {
    const asked: AuthorizeRequest[] = []
    const { ask } = createWorld((request) => {
      asked.push(request)
      return true
    })
    await ask('/snapshot.json', { headers: { authorization: 'Bearer x' } })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({
      method: 'GET',
      url: 'http://localhost:3000/snapshot.json',
      remoteAddress: '127.0.0.1',
      action: undefined,
    })
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer x')
    expect(asked[0]?.native).toBeInstanceOf(Request)
  })
  it('may be sent a challenge instead', async () => {
    const headers = new Headers({ 'www-authenticate': 'Basic realm="ops"' })
    for (const cookie of ['a=1', 'b=2']) headers.append('set-cookie', cookie)
    const { ask } = createWorld(() => new Response('who are you?', { status: 401, headers }))
    const response = await ask('/')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="ops"')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.text()).toBe('who are you?')
  })
  it('may be sent an answer that has no body', async () => {
    const { ask } = createWorld(() => new Response(null, { status: 204 }))
    expect((await ask('/')).status).toBe(204)
  })
  it('is nobody on another machine, and authorize is not even asked', async () => {
    let asked = 0
    const { dashboard } = createWorld(() => {
      asked += 1
      return true
    })
    const infos = [undefined, null, {}, { remoteAddress: '10.0.0.7' }]
    for (const info of infos) {
      const response = await dashboard.fetch(new Request('http://localhost/'), info)
      expect(response.status).toBe(403)
      expect(await response.text()).toContain('allowRemote: true')
    }
    expect(asked).toBe(0)
  })
  it('is whoever authorize says with allowRemote', async () => {
    const { dashboard } = createWorld(() => true, { allowRemote: true })
    const request = (): Request =>
      new Request('https://ops.example/', { headers: { via: '1.1 x' } })
    expect((await dashboard.fetch(request(), { remoteAddress: '10.0.0.7' })).status).toBe(200)
    expect((await dashboard.fetch(request())).status).toBe(200)
  })
  it.each([
    ['Deno', { remoteAddr: { hostname: '127.0.0.1' } }],
    ['Bun', { address: '::1' }],
    ["Hono's Node server", { incoming: { socket: { remoteAddress: '::ffff:127.0.0.1' } } }],
  ])('is found as %s tells it', async (_, info) => {
    const { dashboard } = createWorld(() => true)
    expect((await dashboard.fetch(new Request('http://localhost/'), info)).status).toBe(200)
  })
})

describe('what operators do', () => {
  const recycle = { pool: 'main', verb: 'recycle', connectionId: 1 } as const

  it('is done, answered in words, and told in the timeline by name', async () => {
    const { ask, pool, clock } = createWorld(() => ({ access: 'operate', who: 'Ann' }))
    pool.open(1)
    const token = await tokenOf(ask)
    const answer = await ask('/action', post(token, recycle))
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { message: 'Connection 1 is replaced as soon as its successor is open and nobody holds it.' },
    ])
    expect(pool.recycled).toEqual([1])
    await ask('/action', post(token, { pool: 'main', verb: 'observe' }))
    expect(pool.mode).toBe('observe')
    await ask('/action', post(token, { pool: 'main', verb: 'enforce' }))
    expect(pool.mode).toBe('enforce')
    await ask('/action', post(token, { pool: 'main', verb: 'evict-all' }))
    expect(pool.evictions).toBe(1)
    const timeline = await timelineOf(ask)
    const told = timeline.filter(({ kind }) => kind === 'operator')
    expect(told).toMatchObject([
      { text: 'Ann had every connection replaced.', connectionId: null, at: clock.wallNow() },
      { text: 'Ann had the pool enforce its verdicts.' },
      { text: 'Ann had the pool only observe.' },
      { text: 'Ann had connection 1 replaced.', connectionId: 1, severity: 'info' },
    ])
  })
  it('is not for viewers, who get no token either', async () => {
    for (const access of [true, 'view', { access: 'view' }] as const) {
      const { ask, pool } = createWorld(() => access)
      pool.open(1)
      expect(await tokenOf(ask)).toBe('')
      expect((await ask('/action', post('', recycle))).status).toBe(403)
      expect(pool.recycled).toEqual([])
    }
  })
  it('is asked for with the action, and refused to whoever may only look by then', async () => {
    const asked: unknown[] = []
    const { ask, pool } = createWorld(({ action }) => {
      if (action !== undefined) asked.push(action)
      return action === undefined ? 'operate' : 'view'
    })
    pool.open(1)
    expect((await ask('/action', post(await tokenOf(ask), recycle))).status).toBe(403)
    expect(asked).toEqual([recycle])
    expect(pool.recycled).toEqual([])
  })
  it('is refused to other sites before anybody is asked', async () => {
    let asked = 0
    const { ask, pool } = createWorld(() => {
      asked += 1
      return 'operate'
    })
    pool.open(1)
    const token = await tokenOf(ask)
    asked = 0
    const forged = [
      post('', recycle),
      post(token, recycle, { 'content-type': 'text/plain' }),
      post(token, recycle, { 'sec-fetch-site': 'cross-site' }),
      post(token, recycle, { origin: 'https://evil.example' }),
    ]
    for (const init of forged) expect((await ask('/action', init)).status).toBe(403)
    expect(asked).toBe(0)
    expect(pool.recycled).toEqual([])
  })
  it('is bounded, and understood or refused with a reason', async () => {
    const { ask } = createWorld(() => 'operate')
    const token = await tokenOf(ask)
    const answers: readonly [unknown, number][] = [
      ['x'.repeat(8_193), 413],
      ['{', 400],
      [{ pool: 'main', verb: 'drop' }, 400],
      [{ pool: 'other', verb: 'observe' }, 404],
      [{ pool: 'main', verb: 'recycle', connectionId: 99 }, 404],
    ]
    for (const [action, status] of answers) {
      const answer = await ask('/action', post(token, action))
      expect([answer.status, typeof ((await answer.json()) as ActionOutcome).message]).toEqual([
        status,
        'string',
      ])
    }
  })
  it('has a name that is bounded and printable, or the address', async () => {
    const name = `\u001b[31m${'x'.repeat(100)}`
    for (const [who, shown] of [
      [name, /^\[31mx{60} had/],
      [' ', /^An operator at 127\.0\.0\.1 had/],
      [undefined, /^An operator at 127\.0\.0\.1 had/],
    ] as const) {
      const access = { access: 'operate', ...(who === undefined ? {} : { who }) } as const
      const { ask } = createWorld(() => access)
      await ask('/action', post(await tokenOf(ask), { pool: 'main', verb: 'observe' }))
      const timeline = await timelineOf(ask)
      expect(timeline[0]?.text).toMatch(shown)
    }
  })
})

describe('the event stream over Fetch', () => {
  async function readerOf(dashboard: Dashboard) {
    const response = await dashboard.fetch(new Request('http://localhost/events'), here)
    return (response.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream())
      .getReader()
  }

  it('has the state, then deltas, and ends with the dashboard', async () => {
    const { clock, dashboard } = createWorld(() => true)
    const reader = await readerOf(dashboard)
    expect((await reader.read()).value).toMatch(
      /^retry: 2000\nevent: state\ndata: \{"version":1,.*\}\n\n$/,
    )
    clock.advance(2_000)
    expect((await reader.read()).value).toMatch(/^event: delta\ndata: \{"at":1002000,.*\}\n\n$/)
    dashboard.close()
    expect((await reader.read()).done).toBe(true)
  })
  it('ends for whoever does not read, and nobody else', async () => {
    const { clock, pool, dashboard } = createWorld(() => true, { maxViewers: 2 })
    const idle = await dashboard.fetch(new Request('http://localhost/events'), here)
    const reader = await readerOf(dashboard)
    expect((await dashboard.fetch(new Request('http://localhost/events'), here)).status).toBe(503)
    let id = 0
    let bytes = 0
    while (bytes < 2_500_000) {
      for (let opened = 0; opened < 100; opened += 1) {
        id += 1
        pool.open(id)
        if (id > 200) pool.evict(id - 200, 'lost')
      }
      clock.advance(2_000)
      bytes += (await reader.read()).value?.length ?? Number.NaN
    }
    await expect(idle.text()).rejects.toThrow('did not keep up')
    const other = await dashboard.fetch(new Request('http://localhost/events'), here)
    expect(other.status).toBe(200)
  })
  it('makes room when a viewer leaves', async () => {
    const { dashboard } = createWorld(() => true, { maxViewers: 1 })
    const reader = await readerOf(dashboard)
    await reader.cancel()
    expect((await dashboard.fetch(new Request('http://localhost/events'), here)).status).toBe(200)
  })
})
