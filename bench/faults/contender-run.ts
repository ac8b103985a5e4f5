import { type ChildProcess, fork } from 'node:child_process'
import { createFaultProxy, type FaultLink, type FaultProxy, waitFor } from '@hale/testkit'
import type { ContenderName } from '../contenders/contender.ts'
import { type Account, countSends } from './account.ts'
import { LinkWork } from './link-work.ts'
import {
  type Errand,
  type Facts,
  type FromContender,
  now,
  type Operation,
  type ProcessTask,
  type ToContender,
} from './messages.ts'

export const poolSize = 10
const acquireTimeoutMs = 15_000
export const queryTimeoutMs = 5_000

/** As long as a caller can wait for an answer that will come: for a connection, then for a statement. */
const patienceMs = acquireTimeoutMs + queryTimeoutMs + 2_000

const program = new URL('./contender-process.ts', import.meta.url)

/** One contender in one cell: its process, its proxy, and all that was seen of it. */
export class ContenderRun {
  readonly name: ContenderName
  readonly proxy: FaultProxy
  /** The user that it logs in as, its own. */
  readonly account: Account
  readonly operations = new Map<number, Operation>()
  readonly noticed: { readonly at: number; readonly what: string }[] = []
  /** How often each tagged text was sent. */
  readonly sends: Map<string, number>
  slots: number | undefined
  /** Why the process died, and when. */
  death: { readonly at: number; readonly reason: string } | undefined
  #child: ChildProcess | undefined
  #dyingWords: string | undefined
  #state: 'starting' | 'ready' | 'rested' | 'stopped' = 'starting'
  #errandsOut = 0
  #onStatement: ((link: FaultLink, text: string) => void) | undefined
  readonly #work = new LinkWork()

  private constructor(
    name: ContenderName,
    account: Account,
    proxy: FaultProxy,
    sends: Map<string, number>,
  ) {
    this.name = name
    this.account = account
    this.proxy = proxy
    this.sends = sends
  }

  static async create(
    name: ContenderName,
    account: Account,
    upstream: { readonly host: string; readonly port: number },
  ): Promise<ContenderRun> {
    const sends = new Map<string, number>()
    const proxy = await createFaultProxy(upstream, {
      onStatement: (link, text) => {
        countSends(sends, text)
        run.#work.note(link, text)
        run.#onStatement?.(link, text)
      },
    })
    const run: ContenderRun = new ContenderRun(name, account, proxy, sends)
    return run
  }

  get isAlive(): boolean {
    return this.death === undefined
  }

  get processId(): number {
    return this.#child?.pid ?? 0
  }

  /** Errands that have not come back; each holds a connection, and rightly so. */
  get errandsOut(): number {
    return this.#errandsOut
  }

  /** A caller's statement or transaction is under way on the link: no probe, and no watcher's question. */
  isAtWork(link: FaultLink): boolean {
    return this.#work.isUnderWay(link)
  }

  /** Links that have carried statements of callers, the latest used first. */
  workLinks(): FaultLink[] {
    return this.#work.lastUsed(this.proxy.links)
  }

  /** Resolves when the contender has opened its connections. */
  async start(): Promise<void> {
    const task: ProcessTask = {
      contender: this.name,
      options: {
        connectionString: this.proxy.connectionString(this.account.connectionString),
        applicationName: this.name,
        max: poolSize,
        acquireTimeoutMs,
        queryTimeoutMs,
      },
    }
    const child = fork(program, [JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    })
    this.#child = child
    let lastLines = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      lastLines = (lastLines + chunk.toString()).slice(-2_000)
    })
    child.on('message', (facts: Facts) => {
      for (const fact of facts) this.#take(fact)
    })
    child.once('exit', (code, signal) => {
      if (this.#state === 'stopped') return
      const reason = this.#dyingWords ?? (lastLines.trim() || String(signal ?? code))
      this.death = { at: now(), reason }
    })
    await waitFor(() => this.#state !== 'starting' || this.death !== undefined, {
      describe: `${this.name} to start`,
      timeoutMs: 30_000,
    })
    if (this.death !== undefined)
      throw new Error(`${this.name} did not start: ${this.death.reason}`)
  }

  go(): void {
    this.#state = 'ready'
    this.#send({ type: 'go' })
  }

  /** No new operation begins; resolves when the last one has ended, or nobody can expect that any more. */
  async rest(): Promise<void> {
    this.#send({ type: 'rest' })
    await this.#until(() => this.#state === 'rested', patienceMs)
  }

  /** Does not wait for its end. */
  runErrand(errand: Errand): void {
    this.#errandsOut += 1
    this.#send({ type: 'errand', errand })
  }

  /** Sees each statement before it is passed on. */
  onStatement(look: ((link: FaultLink, text: string) => void) | undefined): void {
    this.#onStatement = look
  }

  /** The first statement from now on that `wants` accepts, with the link it came on. */
  nextStatement(
    wants: (text: string) => boolean,
    act: (link: FaultLink) => void,
  ): Promise<FaultLink> {
    return new Promise((resolve) => {
      this.onStatement((link, text) => {
        if (!wants(text)) return
        this.onStatement(undefined)
        act(link)
        resolve(link)
      })
    })
  }

  async countSlots(): Promise<void> {
    this.#send({ type: 'count slots' })
    await this.#until(() => this.slots !== undefined, 18_000)
  }

  async stop(): Promise<void> {
    this.#send({ type: 'stop' })
    await this.#until(() => this.#state === 'stopped', 3_000)
    this.#state = 'stopped'
    this.#child?.kill('SIGKILL')
    await this.proxy.close()
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async #until(condition: () => boolean, timeoutMs: number): Promise<void> {
    await waitFor(() => condition() || !this.isAlive, { timeoutMs }).catch(() => {})
  }

  #send(message: ToContender): void {
    if (this.#child?.connected) this.#child.send(message)
  }

  #take(fact: FromContender): void {
    switch (fact.type) {
      case 'ready':
      case 'rested':
      case 'stopped':
        this.#state = fact.type
        return
      case 'began':
      case 'ended':
        this.operations.set(fact.id, fact.operation)
        return
      case 'noticed':
        this.noticed.push(fact)
        return
      case 'errand ended':
        this.#errandsOut -= 1
        return
      case 'slots':
        this.slots = fact.slots
        return
      case 'dying':
        this.#dyingWords = fact.error
        return
      default:
        fact satisfies never
    }
  }
}
