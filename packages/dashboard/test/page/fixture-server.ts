import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
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

interface Fixture {
  state: DashboardState
  isRefusing: boolean
  readonly role: 'view' | 'operate'
  readonly streams: Set<ServerResponse>
  readonly actions: unknown[]
}

/** Starts it on a free port of 127.0.0.1. */
export async function startFixtureServer(
  state: DashboardState,
  role: 'view' | 'operate' = 'operate',
): Promise<FixtureServer> {
  const fixture: Fixture = { state, role, isRefusing: false, streams: new Set(), actions: [] }
  const { streams, actions } = fixture
  const server = createServer((request, response) => void answer(fixture, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drop = (isRefusing = false): void => {
    fixture.isRefusing = isRefusing
    for (const stream of streams) stream.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    actions,
    drop,
    setState: (next) => {
      fixture.state = next
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

async function answer(
  { state, isRefusing, role, streams, actions }: Fixture,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('content-security-policy', policy)
  switch (request.url) {
    case '/':
      send('text/html', pageHtml.replace('__HALE_CSRF__', 'token').replace('__HALE_ROLE__', role))
      return
    case '/page.js':
      send('text/javascript', pageScript)
      return
    case '/page.css':
      send('text/css', pageStyle)
      return
    case '/action':
      actions.push(JSON.parse(await text(request)))
      send('application/json', '{"message":"Done as asked."}')
      return
    default:
      if (isRefusing) response.writeHead(503).end()
      else stream()
  }

  function send(type: string, body: string): void {
    response.setHeader('content-type', `${type}; charset=utf-8`).end(body)
  }
  function stream(): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`retry: 100\nevent: state\ndata: ${JSON.stringify(state)}\n\n`)
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }
}
