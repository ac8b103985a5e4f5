import { EventEmitter } from 'node:events'
import { answerSentinel, type SentinelQuestion, sentinelCpuMs } from '../server/sentinel-answers.ts'
import type { ServerModel } from '../server/server-model.ts'
import type { Peer, SimulatedServer } from '../server/simulated-server.ts'
import type { VirtualTime } from '../time/virtual-time.ts'

type Callback = (error?: Error | null, result?: unknown) => void

interface Statement {
  readonly question: SentinelQuestion
  readonly callback: Callback
}

/** What clients of one simulation have in common. */
export interface ClientSurroundings {
  readonly time: VirtualTime
  readonly server: SimulatedServer
  readonly model: ServerModel
  readonly random: () => number
}

/** What a pool needs as its `Client` option. */
export type SimulatedClientClass = new (config: { application_name?: string }) => SimulatedClient

/** A client class whose instances dial the simulated server. */
export function createClientClass(surroundings: ClientSurroundings): SimulatedClientClass {
  return class extends SimulatedClient {
    constructor({ application_name }: { application_name?: string }) {
      super(surroundings, application_name?.startsWith('hale sentinel') === true)
    }
  }
}

/**
 * As much of pg's Client as pools and callers use, with pg's order of signals: the protocol's message, the
 * callback, `drain`; on a loss the callbacks in a later tick, `error` before `end`.
 */
export class SimulatedClient extends EventEmitter implements Peer {
  readonly connection: EventEmitter & { readonly stream: { destroy(): void } }
  readonly connectionParameters = {}
  readonly host = 'db'
  readonly port = 5432
  readonly secretKey = 0
  processID = 0
  // pg-pool looks at these
  _queryable = true
  _ending = false
  readonly #surroundings: ClientSurroundings
  readonly #isSentinel: boolean
  readonly #statements: Statement[] = []
  #onConnect: Callback | undefined
  #isOpen = false
  #isGone = false

  constructor(surroundings: ClientSurroundings, isSentinel: boolean) {
    super()
    this.#surroundings = surroundings
    this.#isSentinel = isSentinel
    const stream = { destroy: () => this.#leave() }
    this.connection = Object.assign(new EventEmitter(), { stream })
  }

  get isGone(): boolean {
    return this.#isGone
  }

  connect(callback: Callback): void {
    this.#onConnect = callback
    this.#surroundings.server.dial(this)
  }

  query(given: string | SentinelQuestion, ...rest: readonly unknown[]): void {
    const callback = rest.at(-1) as Callback
    const question = typeof given === 'string' ? { text: given } : given
    if (!this._queryable) {
      this.#surroundings.time.nextTick(() =>
        callback(new Error('Client was closed and is not queryable')),
      )
      return
    }
    this.#statements.push({ question, callback })
    if (this.#statements.length === 1) this.#send()
  }

  end(callback?: Callback): void {
    this._ending = true
    if (callback !== undefined) {
      if (this.#isGone) this.#surroundings.time.nextTick(callback)
      else this.once('end', () => callback())
    }
    this.#leave()
  }

  ref(): void {}
  unref(): void {}

  // what comes from the other side

  accepted(processId: number): void {
    this.processID = processId
    this.#isOpen = true
    this.#settleConnect(undefined)
  }

  refused(error: Error): void {
    if (this.#isGone) return
    this.#isGone = true
    this._queryable = false
    this.#settleConnect(error)
    this.#surroundings.time.nextTick(() => this.emit('end'))
  }

  reset(): void {
    this.#lose()
  }

  #send(): void {
    const { server, model, random } = this.#surroundings
    const [first] = this.#statements
    if (first === undefined) return
    const answered = (): void => this.#answered()
    if (this.#isSentinel) server.run(this, sentinelCpuMs, 0, answered)
    else if (first.question.text === '') server.run(this, model.probeCpuMs, 0, answered)
    else {
      const waitMs = model.statementWaitMs * Math.exp(model.statementSpread * normal(random))
      server.run(this, model.statementCpuMs, waitMs, answered)
    }
  }

  #answered(): void {
    if (this.#isGone) return
    const { time, server } = this.#surroundings
    const statement = this.#statements.shift()
    if (statement === undefined) return
    const { question, callback } = statement
    const rows = this.#isSentinel
      ? answerSentinel(question, server, this.processID, time.now())
      : []
    this.connection.emit('readyForQuery', { status: 'I' })
    callback(null, { rows })
    if (this.#isSentinel) time.wantTurn()
    if (this.#statements.length > 0) this.#send()
    else this.emit('drain')
  }

  #settleConnect(error: Error | undefined): void {
    const onConnect = this.#onConnect
    this.#onConnect = undefined
    onConnect?.(error)
    if (this.#isSentinel) this.#surroundings.time.wantTurn()
  }

  /** Our side closes the socket. */
  #leave(): void {
    if (this.#isGone) return
    this.#surroundings.server.hangUp(this)
    this.#surroundings.time.nextTick(() => this.#lose()) // sockets tell it later
  }

  #lose(): void {
    if (this.#isGone) return
    this.#isGone = true
    this._queryable = false
    const error = new Error('Connection terminated unexpectedly')
    for (const { callback } of this.#statements.splice(0))
      this.#surroundings.time.nextTick(() => callback(error))
    if (!this.#isOpen) this.#settleConnect(error)
    else if (!this._ending) this.emit('error', error)
    this.#surroundings.time.nextTick(() => {
      this.connection.emit('end')
      this.emit('end')
      if (this.#isSentinel) this.#surroundings.time.wantTurn()
    })
  }
}

/** A normally distributed number (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
