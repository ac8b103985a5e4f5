import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createDashboard } from '@hale/dashboard'
import type { HealthAwarePool } from '@hale/pg'
import { ControlPage } from './control/control-page.ts'
import { isLocal } from './control/guard.ts'
import type { Faults } from './faults/create-faults.ts'
import { listenOnLoopback } from './listen-on-loopback.ts'

/** What is served. */
export interface ServeDemoOptions {
  /** By the names under which they are shown. */
  readonly pools: Readonly<Record<string, HealthAwarePool>>
  readonly faults: Faults
  /** One sentence for the top of the page: what runs here. */
  readonly about: string
  /** Port on loopback. @default a free one */
  readonly port?: number | undefined
}

/** A web server with a page of faults and the dashboard beside it. */
export interface ServedDemo {
  /** Of the page with the faults. */
  readonly url: string
  /** Of the dashboard. */
  readonly dashboardUrl: string
  close(): Promise<void>
}

/** The dashboard looks so often, ms, so that what a button does shows while one still thinks of it. */
const LOOK_MS = 500
/** Where the dashboard is mounted. */
const dashboardPath = '/dashboard'

/** Serves the dashboard of `pools` and, beside it, a page with a button per fault. On loopback only. */
export async function serveDemo(options: ServeDemoOptions): Promise<ServedDemo> {
  const { pools, faults, about, port } = options
  const server = createServer()
  const url = `http://127.0.0.1:${await listenOnLoopback(server, port)}/`
  const named = Object.entries(pools).map(([name, pool]) => ({ name, pool }))
  const page = new ControlPage({ pools: named, faults, about })
  const dashboard = createDashboard(pools, {
    authorize: () => 'operate', // the pools are there to be played with
    basePath: dashboardPath,
    intervalMs: LOOK_MS,
  })
  server.on('request', (request, response) => {
    if (isOfDashboard(request)) void dashboard.handler(request, response)
    else page.handle(request, response).catch(() => fail(response))
  })
  return {
    url,
    dashboardUrl: new URL(`${dashboardPath}/`, url).href,
    async close() {
      page.close()
      dashboard.close()
      const isClosed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await isClosed
    },
  }
}

/** The name in `Host` is looked at here too, whatever the dashboard does. */
function isOfDashboard(request: IncomingMessage): boolean {
  const { url = '/' } = request
  const isBelow = url === dashboardPath || url.startsWith(`${dashboardPath}/`)
  return isBelow && isLocal(request)
}

/** A client that went away in the middle of its request, most likely. */
function fail(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(500)
  response.end()
}
