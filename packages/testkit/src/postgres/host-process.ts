import { type ChildProcess, fork } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { HostReport, HostRequest, StartRequest, StopMode } from './host-protocol.ts'

/** A server in its host process, seen from the test process. */
export interface HostedServer {
  readonly port: number
  /** `undefined` once halted. */
  readonly processId: number | undefined
  readonly dataDir: string
  halt(mode: StopMode): Promise<void>
  restart(mode: StopMode): Promise<void>
  stop(): Promise<void>
}

type Ready = Extract<HostReport, { kind: 'ready' }>
interface Waiter {
  resolve(): void
  reject(error: Error): void
}

const START_BOUND_MS = 60_000
const STOP_BOUND_MS = 30_000 // longer than the host's own bounds for stopping a server

/** Starts a host process and, in it, what `request` says. Rejects with the server's log lines. */
export async function startHostedServer(
  request: StartRequest,
  onLog: ((line: string) => void) | undefined,
): Promise<HostedServer> {
  const name = request.kind === 'start-postgres' ? 'PostgreSQL' : 'PgBouncer'
  const host = new HostProcess(name, onLog)
  await host.ask(request)
  let stopping: Promise<void> | undefined
  return {
    get port() {
      return host.server.port
    },
    get processId() {
      return host.isHalted ? undefined : host.server.processId
    },
    get dataDir() {
      return host.server.dataDir
    },
    halt: (mode) => host.ask({ kind: 'halt', mode }),
    restart: (mode) => host.ask({ kind: 'restart', mode }),
    stop() {
      stopping ??= host.stop()
      return stopping
    },
  }
}

class HostProcess {
  // `waiter` is set while an answer is due; only then does the host keep this process alive.
  readonly #name: string
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  readonly #onLog: ((line: string) => void) | undefined
  #waiter: Waiter | undefined
  #last: Ready | undefined
  #isHalted = false
  #errors = ''

  constructor(name: string, onLog: ((line: string) => void) | undefined) {
    this.#name = name
    this.#onLog = onLog
    this.#child = forkHost()
    this.#child.on('message', (report: HostReport) => this.#receive(report))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4_000)
    })
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#errors += error.message
        resolve()
      })
      this.#child.once('exit', () => resolve())
    })
    void this.#exited.then(() => this.#afterExit())
  }

  /** The server as it was when it was last ready. */
  get server(): Ready {
    if (this.#last === undefined) throw new Error('the server was never ready')
    return this.#last
  }

  get isHalted(): boolean {
    return this.#isHalted
  }

  /** Resolves once the host has done it. */
  async ask(request: HostRequest): Promise<void> {
    if (this.#waiter !== undefined) throw new Error('the server is starting or halting already')
    this.#keepAlive(true)
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<void>((resolve, reject) => {
        this.#waiter = { resolve, reject }
        timer = setTimeout(
          () => reject(new Error(`${this.#name} did not ${request.kind.split('-')[0]} in time`)),
          START_BOUND_MS,
        )
        this.#send(request)
      })
    } catch (error) {
      await this.stop() // a server that failed is of no use, and its folder must go
      throw error
    } finally {
      clearTimeout(timer)
      this.#waiter = undefined
      this.#keepAlive(false)
    }
  }

  async stop(): Promise<void> {
    this.#keepAlive(true)
    this.#send({ kind: 'stop', mode: 'fast' })
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_BOUND_MS)
    await this.#exited
    clearTimeout(timer)
    await this.#afterExit()
  }

  #send(request: HostRequest): void {
    if (this.#child.connected) this.#child.send(request, () => {}) // a broken channel shows as 'exit'
  }

  #receive(report: HostReport): void {
    switch (report.kind) {
      case 'log':
        this.#onLog?.(report.line)
        break
      case 'ready':
        this.#last = report
        this.#isHalted = false
        this.#waiter?.resolve()
        break
      case 'halted':
        this.#isHalted = true
        this.#waiter?.resolve()
        break
      case 'failed':
        this.#waiter?.reject(new Error(report.message))
        break
      default:
        report satisfies never
    }
  }

  /** Does what a killed host could not do any more; after an orderly end there is nothing to do. */
  async #afterExit(): Promise<void> {
    this.#waiter?.reject(
      new Error(`the host process of ${this.#name} ended: ${this.#errors.trim()}`),
    )
    if (this.#child.exitCode === 0 || this.#last === undefined) return
    const { folder, processId } = this.#last
    try {
      // SIGQUIT has the server end its backends; PgBouncer has none.
      const signal = this.#name === 'PostgreSQL' ? 'SIGQUIT' : 'SIGKILL'
      if (!this.#isHalted) process.kill(processId, signal)
    } catch {
      // it is gone already
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }).catch(
      () => {},
    )
  }

  #keepAlive(on: boolean): void {
    const { channel, stderr } = this.#child
    for (const handle of [this.#child, channel, stderr]) {
      const method = on ? 'ref' : 'unref'
      if (handle != null && method in handle) (handle as { ref(): void; unref(): void })[method]()
    }
  }
}

function forkHost(): ChildProcess {
  // Runs from src and from dist.
  const isSource = import.meta.url.endsWith('.ts')
  const program = fileURLToPath(
    new URL(isSource ? './postgres-host.ts' : './postgres-host.js', import.meta.url),
  )
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env
  return fork(program, [], {
    detached: true, // Ctrl+C in the terminal must not reach it before it can clean up
    env: { ...env, NODE_NO_WARNINGS: '1' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}
