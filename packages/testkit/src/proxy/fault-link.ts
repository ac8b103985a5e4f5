import type { Socket } from 'node:net'
import { encodeRefusal } from './encode-refusal.ts'
import { FaultPipe, type PipeRules } from './fault-pipe.ts'
import {
  assertByteCount,
  type Direction,
  eachWay,
  type InitialFaults,
  type LinkFaults,
  stallsEachWay,
  toRate,
} from './link-faults.ts'
import {
  type ProtocolEvents,
  ProtocolTap,
  type StatementCounts,
  type TransactionStatus,
} from './protocol-tap.ts'
import { resetSocket } from './reset-socket.ts'

/** One client's connection through the proxy. */
export interface FaultLink extends LinkFaults {
  /** Counts up from 1 within a proxy. */
  readonly id: number
  /** The backend's pid; `undefined` before the login is over, with TLS, and for cancel requests. */
  readonly processId: number | undefined
  /** Instant of `performance.now()`. */
  readonly openedAt: number
  /** Bytes passed on to the server. */
  readonly bytesUp: number
  /** Bytes passed on to the client. */
  readonly bytesDown: number
  /** Messages that came from the client, whether they were passed on or not. Nothing with TLS. */
  readonly statements: Readonly<StatementCounts>
  /** An answer is due: to a statement, to a Sync, or to the login. Meaningless with TLS. */
  readonly isBusy: boolean
  /** What the server last said of its transaction; `undefined` before the login is over, and with TLS. */
  readonly transactionStatus: TransactionStatus | undefined
  /** The client has ended its side or is gone; seen in a frozen link too. */
  readonly clientClosed: boolean
  /** Both connections are gone. */
  readonly closed: boolean
  /**
   * Passes on what the client sends, and resets (the default) or freezes as soon as the server answers,
   * before a byte of its answer has passed: the server did it, and the client does not know.
   */
  cutAnswer(action?: 'reset' | 'freeze'): void
  /**
   * From within `onStatement`: answers the statement with an error in the server's place, and does not
   * pass it on. `status` is what the client is told of its transaction. @default 'I'
   */
  refuseStatement(sqlState: string, message: string, status?: TransactionStatus): void
}

/** What a link tells its proxy. */
export interface LinkEvents extends Omit<ProtocolEvents, 'onProcessId'> {
  onPassed(direction: Direction, bytes: number): void
  onClosed(): void
}

/** Two sockets and the two pipes between them. */
export class ProxyLink implements FaultLink {
  // The proxy never closes a connection of its own accord: each end closes when a pipe passes on
  // the end of the other, by `reset`, or by `close`.
  readonly id: number
  readonly openedAt: number = performance.now()
  processId: number | undefined
  clientClosed = false
  closed = false
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #rules: PipeRules
  readonly #tap: ProtocolTap
  readonly #up: FaultPipe
  readonly #down: FaultPipe
  #onAnswer: (() => void) | undefined
  #refusal: Buffer | undefined

  constructor(
    id: number,
    sockets: { readonly client: Socket; readonly upstream: Socket },
    events: LinkEvents,
    settings: { readonly initial: InitialFaults; readonly random: () => number },
  ) {
    const { client, upstream } = sockets
    this.id = id
    this.#client = client
    this.#upstream = upstream
    const { drop, ...rules } = settings.initial
    this.#rules = { ...rules }
    const tap = new ProtocolTap({
      onProcessId: (processId) => {
        this.processId = processId
      },
      onStatement: (text) => events.onStatement(text),
      onCancelRequest: () => events.onCancelRequest(),
    })
    this.#tap = tap
    this.#up = new FaultPipe(
      { source: client, destination: upstream },
      this.#rules,
      settings.random,
      {
        onArrived: (chunk) => {
          tap.up(chunk)
          return !this.#isRefused()
        },
        onPassed: (bytes) => events.onPassed('up', bytes),
      },
    )
    this.#down = new FaultPipe(
      { source: upstream, destination: client },
      this.#rules,
      settings.random,
      {
        onArrived: (chunk) => {
          this.#onAnswer?.()
          tap.down(chunk)
          return true
        },
        onPassed: (bytes) => events.onPassed('down', bytes),
      },
    )
    this.#watchEnds(events)
    if (drop !== undefined) this.dropAfter(drop.bytes, drop.direction, drop.action)
  }

  get bytesUp(): number {
    return this.#up.passed
  }
  get bytesDown(): number {
    return this.#down.passed
  }
  get isBusy(): boolean {
    return this.#tap.isBusy
  }
  get transactionStatus(): TransactionStatus | undefined {
    return this.#tap.transactionStatus
  }
  get statements(): Readonly<StatementCounts> {
    return this.#tap.statements
  }

  delay(ms: number, options: { readonly jitterMs?: number } = {}): void {
    this.#change(eachWay(ms, options))
  }

  stall(ratio: number, ms: number): void {
    this.#change(stallsEachWay(ratio, ms))
  }

  freeze(): void {
    this.#change({ isFrozen: true })
  }

  thaw(): void {
    this.#change({ isFrozen: false })
  }

  reset(): void {
    resetSocket(this.#client)
    resetSocket(this.#upstream)
  }

  halfClose(): void {
    this.#down.finish('end')
  }

  throttle(bytesPerSecond: number | false): void {
    this.#change({ bytesPerSecond: toRate(bytesPerSecond) })
  }

  dropAfter(
    bytes: number,
    direction: Direction = 'down',
    action: 'reset' | 'freeze' = 'reset',
  ): void {
    assertByteCount(bytes)
    const pipe = direction === 'up' ? this.#up : this.#down
    pipe.limit(bytes, () => (action === 'reset' ? this.reset() : this.freeze()))
  }

  cutAnswer(action: 'reset' | 'freeze' = 'reset'): void {
    this.#onAnswer = () => (action === 'reset' ? this.reset() : this.freeze())
  }

  refuseStatement(sqlState: string, message: string, status: TransactionStatus = 'I'): void {
    this.#refusal = encodeRefusal(sqlState, message, status)
  }

  restore(): void {
    this.#onAnswer = undefined
    this.#up.limit(undefined)
    this.#down.limit(undefined)
    this.#change({
      isFrozen: false,
      delayMs: 0,
      jitterMs: 0,
      stallRatio: 0,
      bytesPerSecond: undefined,
    })
  }

  /** Destroys both connections and forgets what waits. */
  close(): void {
    this.#up.close()
    this.#down.close()
    this.#client.destroy()
    this.#upstream.destroy()
  }

  #isRefused(): boolean {
    const refusal = this.#refusal
    this.#refusal = undefined
    if (refusal !== undefined) this.#down.add(refusal)
    return refusal !== undefined
  }

  #change(rules: Partial<PipeRules>): void {
    Object.assign(this.#rules, rules)
    this.#up.pump()
    this.#down.pump()
  }

  #watchEnds(events: LinkEvents): void {
    const markClient = (): void => {
      this.clientClosed = true
    }
    this.#client.on('end', markClient)
    for (const socket of [this.#client, this.#upstream]) {
      socket.on('error', () => {}) // 'close' follows and tells that there was one
      socket.on('close', () => {
        if (socket === this.#client) markClient()
        if (this.closed || !this.#client.destroyed || !this.#upstream.destroyed) return
        this.closed = true
        events.onClosed()
      })
    }
  }
}
