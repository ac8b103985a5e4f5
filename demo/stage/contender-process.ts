import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FaultProxy } from '@hale/testkit'
import { now } from '../clock.ts'
import type {
  ContenderName,
  ContenderPlan,
  FromContender,
  ToContender,
} from '../contender/messages.ts'
import type { ContenderRecord } from './contender-record.ts'

const script = fileURLToPath(new URL('../contender/main.ts', import.meta.url))

/** A supervisor gives up at some point; this one after so many crashes. */
const MAX_CRASHES = 10

/** How long a contender may take to stop in good order, ms. */
const STOP_MS = 4_500

export interface ContenderPorts {
  readonly name: ContenderName
  readonly schema: string
  /** The contender's own proxy, through which all of its connections go. */
  readonly proxy: FaultProxy
  readonly record: ContenderRecord
  /** Where the server itself is. */
  readonly connectionString: string
  readonly onCrash: (reason: string) => void
}

/** One contender in a process of its own, started again whenever it dies. */
export class ContenderProcess {
  readonly name: ContenderName
  readonly schema: string
  readonly proxy: FaultProxy
  readonly record: ContenderRecord
  readonly #ports: ContenderPorts
  #child: ChildProcess | undefined
  #generation = 0
  #dyingWords: string | undefined
  #stopping = false
  #ready: Promise<void> = Promise.resolve()

  constructor(ports: ContenderPorts) {
    this.name = ports.name
    this.schema = ports.schema
    this.proxy = ports.proxy
    this.record = ports.record
    this.#ports = ports
  }

  /** Resolves when the workload has begun. */
  start(): Promise<void> {
    this.#ready = new Promise((resolve, reject) => this.#fork(resolve, reject))
    return this.#ready
  }

  /** Resolves when the workload runs, after a crash too; or when the contender is beyond help. */
  async whenReady(): Promise<void> {
    await this.#ready.catch(() => {})
  }

  send(message: ToContender): void {
    if (this.#child?.connected) this.#child.send(message)
  }

  /** Ends the workload in good order; by force when that takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true
    const child = this.#child
    if (child === undefined || hasEnded(child)) return
    const closed = once(child, 'close')
    this.send({ type: 'stop' })
    const timer = setTimeout(() => this.kill(), STOP_MS)
    await closed
    clearTimeout(timer)
  }

  kill(): void {
    this.#stopping = true
    this.#child?.kill('SIGKILL')
  }

  #fork(onReady: () => void, onFailed: (error: Error) => void): void {
    const { name, schema, proxy, connectionString } = this.#ports
    this.#generation += 1
    const plan: ContenderPlan = {
      name,
      schema,
      connectionString: proxy.connectionString(connectionString),
      generation: this.#generation,
    }
    const child = fork(script, [], {
      env: { ...process.env, HALE_DEMO_CONTENDER: JSON.stringify(plan) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child = child
    this.#dyingWords = undefined
    let lastLines = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      lastLines = (lastLines + chunk.toString()).slice(-2_000)
    })
    child.on('message', (message: FromContender) => this.#take(message, onReady))
    child.once('error', onFailed)
    child.once('exit', (code, signal) => {
      onFailed(
        new Error(`contender "${name}" did not start: ${lastLines.trim() || (signal ?? code)}`),
      )
      if (!this.#stopping) this.#crashed(signal ?? `exit code ${code}`)
    })
  }

  #take(message: FromContender, onReady: () => void): void {
    const { record } = this
    switch (message.type) {
      case 'ready':
        onReady()
        return
      case 'operation':
        record.operations.push(message)
        return
      case 'noticed':
        record.noticed.push(message)
        return
      case 'swapped':
        record.swapped.push({ ...message, what: message.cause })
        return
      case 'left-open':
        record.leftOpen.push({ ...message, what: 'released inside BEGIN' })
        return
      case 'dying':
        this.#dyingWords = message.error
        return
      case 'stopped':
        record.taken = message.taken
        return
      default:
        message satisfies never
    }
  }

  #crashed(how: string): void {
    const reason = this.#dyingWords ?? how
    const { crashes } = this.record
    crashes.push({ at: now(), reason })
    this.#ports.onCrash(reason)
    if (crashes.length < MAX_CRASHES) this.start().catch(() => {}) // it crashed again, which is on record
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
