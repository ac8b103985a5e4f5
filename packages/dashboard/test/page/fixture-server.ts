import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pageHtml, pageScript, pageStyle } from '../../src/page/assets.ts'
import type { DashboardDelta, DashboardState } from '../../src/state/dashboard-state.ts'

/** Serves the page with states that a test makes up. */
export interface FixtureServer {
  readonly url: string
  /** What was posted to `action`, the oldest first. */
  readonly actions: readonly unknown[]
  send(delta: DashboardDelta): void
  /** Ends the streams; `true` for refusing new ones with 503 until it is called with `false`. */
  drop(isRefusing?: boolean): void
  setState(state: DashboardState): void
  close(): Promise<void>
}

/** The policy that the dashboard's server sends. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Starts it on a free port of 127.0.0.1. */
export async function startFixtureServer(
  first: DashboardState,
  role: 'view' | 'operate' = 'operate',
): Promise<FixtureServer> {
  let state = first
  let isRefusing = false
  const streams = new Set<ServerResponse>()
  const actions: unknown[] = []
  const html = pageHtml.replace('__HALE_CSRF__', 'token').replace('__HALE_ROLE__', role)
  const files: Readonly<Record<string, readonly [string, string]>> = {
    '/': ['text/html; charset=utf-8', html],
    '/page.js': ['text/javascript; charset=utf-8', pageScript],
    '/page.css': ['text/css; charset=utf-8', pageStyle],
  }
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    const file = files[path]
    response.setHeader('content-security-policy', policy)
    if (file !== undefined) response.setHeader('content-type', file[0]).end(file[1])
    else if (path === '/events' && !isRefusing) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`retry: 100\nevent: state\ndata: ${JSON.stringify(state)}\n\n`)
      streams.add(response)
      response.on('close', () => streams.delete(response))
    } else if (path === '/action') {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      actions.push(JSON.parse(body))
      response.setHeader('content-type', 'application/json').end('{"message":"Done as asked."}')
    } else response.writeHead(503).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drop = (refuse = false): void => {
    isRefusing = refuse
    for (const stream of streams) stream.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    actions,
    drop,
    setState: (next) => {
      state = next
    },
    send: (delta) => {
      for (const stream of streams) stream.write(`event: delta\ndata: ${JSON.stringify(delta)}\n\n`)
    },
    close: async () => {
      drop(true)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
