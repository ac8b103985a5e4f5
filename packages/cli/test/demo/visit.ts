import { EventEmitter, once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { DashboardState, PoolView } from '@hale/dashboard'
import { waitFor } from '@hale/testkit'
import type { CliPorts } from '../../src/cli-ports.ts'
import { runDemo } from '../../src/demo/run-demo.ts'
import type { StrikeView } from '../../src/demo/strike-log.ts'

/** A demo that runs, as a visitor meets it. */
export class Visit {
  readonly url: string
  readonly output: () => string
  readonly #token: string
  readonly #ports: CliPorts & { readonly signals: EventEmitter }
  readonly #exitCode: Promise<number>

  /** Starts `hale demo` with `args`, and opens its page. */
  static async begin(args: readonly string[]): Promise<Visit> {
    const { ports, output } = createPorts()
    const exitCode = runDemo(args, ports)
    const isOver = exitCode.then(() => Promise.reject(new Error(`it ended: ${output()}`)))
    isOver.catch(() => {}) // of interest only while it starts
    const url = await Promise.race([isOver, waitFor(() => /http:\S+/.exec(output())?.[0])])
    const page = await (await fetch(url)).text()
    const token = /name="hale-token" content="([^"]+)"/.exec(page)?.[1] ?? ''
    return new Visit({ url, token, ports, output, exitCode })
  }

  private constructor(parts: {
    readonly url: string
    readonly token: string
    readonly ports: CliPorts & { readonly signals: EventEmitter }
    readonly output: () => string
    readonly exitCode: Promise<number>
  }) {
    this.url = parts.url
    this.output = parts.output
    this.#token = parts.token
    this.#ports = parts.ports
    this.#exitCode = parts.exitCode
  }

  post(
    path: string,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(new URL(path, this.url), {
      method: 'POST',
      headers: { 'x-hale-token': this.#token, ...headers },
      body: JSON.stringify(body),
    })
  }

  /** The status of a page for whoever knows this machine by another name. */
  async statusAs(name: string, path: string): Promise<number | undefined> {
    const url = new URL(path, this.url)
    const request = get(url, { headers: { host: `${name}:${url.port}` } })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }

  /** Presses a button; gives back the id of the connection that the page then speaks of, if any. */
  async press(fault: string): Promise<number> {
    const response = await this.post('fault', { fault })
    if (!response.ok) throw new Error(`${fault}: ${await response.text()}`)
    return Number(/Connection (\d+)/.exec((await this.strikes())[0]?.lookFor ?? '')?.[1])
  }

  async putRight(): Promise<void> {
    await this.post('put-right', {})
  }

  async strikes(): Promise<readonly StrikeView[]> {
    const response = await fetch(new URL('state.json', this.url))
    return ((await response.json()) as { strikes: readonly StrikeView[] }).strikes
  }

  /** What the dashboard says of the pool. */
  async pool(name = 'demo'): Promise<PoolView> {
    const response = await fetch(new URL('dashboard/snapshot.json', this.url))
    const view = ((await response.json()) as DashboardState).pools[name]
    if (view === undefined) throw new Error(`the dashboard shows no ${name}`)
    return view
  }

  /** Waits until the dashboard tells what `isTold` looks for. */
  async untilTold(describe: string, isTold: (pool: PoolView) => boolean): Promise<PoolView> {
    return waitFor(
      async () => {
        const pool = await this.pool()
        return isTold(pool) ? pool : undefined
      },
      { describe, timeoutMs: 40_000, intervalMs: 100 },
    )
  }

  /** Sends the demo a signal; resolves to its exit code. */
  async end(): Promise<number | undefined> {
    this.#ports.signals.emit('SIGTERM')
    const bound = new AbortController()
    const late = pause(20_000, undefined, { signal: bound.signal }).catch(() => undefined)
    const code = await Promise.race([this.#exitCode, late])
    bound.abort()
    return code
  }
}

/** Ports without a terminal, and what was written to them. */
export function createPorts(env: CliPorts['env'] = {}): {
  readonly ports: CliPorts & { readonly signals: EventEmitter }
  readonly output: () => string
} {
  let written = ''
  const write = (text: string): void => {
    written += text
  }
  const stdout = Object.assign(new EventEmitter(), { write })
  const stdin = Object.assign(new EventEmitter(), { resume: () => {}, pause: () => {} })
  const signals = new EventEmitter()
  return { ports: { stdout, stderr: { write }, stdin, env, signals }, output: () => written }
}
