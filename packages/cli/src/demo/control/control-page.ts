import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Faults } from '../faults/create-faults.ts'
import { type DemoPool, FaultRefusedError } from '../faults/fault.ts'
import { StrikeLog } from '../strike-log.ts'
import { isFromPage, isLocal, securityHeaders } from './guard.ts'
import { renderPage } from './page.ts'
import { readJson } from './read-json.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** What the control page is about. */
export interface ControlPageParts {
  readonly pools: readonly DemoPool[]
  readonly faults: Faults
  /** One sentence on what runs here. */
  readonly about: string
}

interface Answer {
  readonly status: number
  readonly type: 'text/html' | 'text/css' | 'text/javascript' | 'application/json' | 'text/plain'
  readonly body: string
}

/** The page with the buttons, and what they call. */
export class ControlPage {
  readonly #parts: ControlPageParts
  readonly #strikes: StrikeLog
  readonly #token: string = randomBytes(32).toString('base64url')

  constructor(parts: ControlPageParts) {
    this.#parts = parts
    this.#strikes = new StrikeLog(parts.pools)
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#answer(request)
    response.writeHead(status, { ...securityHeaders, 'content-type': `${type}; charset=utf-8` })
    response.end(request.method === 'HEAD' ? undefined : body)
  }

  close(): void {
    this.#strikes.close()
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (!isLocal(request)) return text(403, 'This page answers to its own machine only.')
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    if (request.method === 'POST') return this.#act(request, path)
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'GET or POST.')
    switch (path) {
      case '/':
        return { status: 200, type: 'text/html', body: this.#page() }
      case '/control.css':
        return { status: 200, type: 'text/css', body: style }
      case '/control.js':
        return { status: 200, type: 'text/javascript', body: script }
      case '/state.json':
        return json(200, { strikes: this.#strikes.views() })
      default:
        return text(404, 'There is nothing here.')
    }
  }

  #page(): string {
    const { pools, faults, about } = this.#parts
    return renderPage({
      token: this.#token,
      pools: pools.map(({ name }) => name),
      faults: faults.all,
      about,
    })
  }

  async #act(request: IncomingMessage, path: string): Promise<Answer> {
    if (!isFromPage(request, this.#token)) return json(403, { error: 'Reload the page.' })
    if (path === '/put-right') {
      await this.#parts.faults.putRight()
      return json(200, { told: 'Everything is put right.' })
    }
    if (path !== '/fault') return json(404, { error: 'There is nothing here.' })
    const given = await readJson(request)
    const pool = this.#poolOf(given?.['pool'])
    const fault = this.#parts.faults.all.find(({ id }) => id === given?.['fault'])
    if (pool === undefined || fault === undefined)
      return json(400, { error: 'There is no such fault or no such pool.' })
    try {
      await this.#strikes.strike(fault, pool)
      return json(200, {})
    } catch (error) {
      if (error instanceof FaultRefusedError) return json(409, { error: error.message })
      throw error
    }
  }

  /** The first pool where none is named. */
  #poolOf(name: unknown): DemoPool | undefined {
    const { pools } = this.#parts
    return name === undefined ? pools[0] : pools.find((pool) => pool.name === name)
  }
}

function json(status: number, value: object): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain', body }
}
