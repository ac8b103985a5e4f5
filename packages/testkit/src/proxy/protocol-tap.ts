import { MessageReader, type WireMessage } from './message-reader.ts'

/** Messages with which a client makes the server work. */
export interface StatementCounts {
  /** Simple queries ('Q'). */
  query: number
  /** Statements prepared ('P'), named or not. */
  parse: number
  bind: number
  execute: number
}

/** What a `ProtocolTap` reports. */
export interface ProtocolEvents {
  /** The backend's pid, from BackendKeyData. */
  onProcessId(processId: number): void
  /** SQL text of a simple query or of a Parse message. */
  onStatement(text: string): void
  onCancelRequest(): void
}

/** Outside of a transaction, inside, inside one that failed. */
export type TransactionStatus = 'I' | 'T' | 'E'

/** Query, Sync and FunctionCall: what the server answers with ReadyForQuery in the end. */
const readyRequests = new Set(['Q', 'S', 'F'])
const startupCodes = { cancel: 80_877_102, ssl: 80_877_103, gss: 80_877_104 } as const
const kinds = new Map<string, keyof StatementCounts>([
  ['Q', 'query'],
  ['P', 'parse'],
  ['B', 'bind'],
  ['E', 'execute'],
])

/** Listens in on the plain-text protocol of one link and changes nothing. TLS makes it go deaf. */
export class ProtocolTap {
  readonly statements: StatementCounts = { query: 0, parse: 0, bind: 0, execute: 0 }
  /** Of the last ReadyForQuery; `undefined` before the first. */
  transactionStatus: TransactionStatus | undefined
  readonly #events: ProtocolEvents
  readonly #up: MessageReader
  readonly #down: MessageReader
  // Answers to requests for encryption: one bare byte each, before any message of the server.
  #answersDue = 0
  // Answers to queries and Syncs; the first one ends the login.
  #readyDue = 1

  constructor(events: ProtocolEvents) {
    this.#events = events
    this.#up = new MessageReader(
      'untyped',
      (type) => type === 'Q' || type === 'P',
      (message) => this.#onUp(message),
    )
    this.#down = new MessageReader(
      'typed',
      (type) => type === 'K' || type === 'Z',
      (message) => this.#onDown(message),
    )
  }

  /** The client has asked for something that is not answered in full yet. */
  get isBusy(): boolean {
    return this.#readyDue > 0
  }

  /** Takes bytes from the client, as they arrive. */
  up(chunk: Buffer): void {
    this.#up.push(chunk)
  }

  /** Takes bytes from the server, as they arrive. */
  down(chunk: Buffer): void {
    let rest = chunk
    while (this.#answersDue > 0 && rest.length > 0) {
      this.#answersDue--
      const refused = rest[0] === 0x4e // 'N'; the other answers are 'S', 'G' and errors
      if (!refused) this.#up.framing = this.#down.framing = 'opaque'
      rest = rest.subarray(1)
    }
    this.#down.push(rest)
  }

  #onUp({ type, body }: WireMessage): void {
    if (type === '') this.#onStartup(body)
    if (readyRequests.has(type)) this.#readyDue++
    const kind = kinds.get(type)
    if (kind === undefined) return
    this.statements[kind]++
    if (kind === 'query') this.#events.onStatement(readString(body, 0))
    if (kind === 'parse') this.#events.onStatement(readString(body, body.indexOf(0) + 1))
  }

  #onStartup(body: Buffer): void {
    const code = body.length >= 4 ? body.readUInt32BE(0) : 0
    if (code === startupCodes.ssl || code === startupCodes.gss) {
      this.#answersDue++
    } else if (code === startupCodes.cancel) {
      this.#up.framing = 'opaque'
      this.#events.onCancelRequest()
    } else {
      this.#up.framing = 'typed'
    }
  }

  #onDown({ type, body }: WireMessage): void {
    if (type === 'K') this.#events.onProcessId(body.readUInt32BE(0))
    if (type !== 'Z') return
    this.#readyDue = Math.max(0, this.#readyDue - 1)
    this.transactionStatus = String.fromCharCode(body[0] ?? 0) as TransactionStatus
  }
}

/** The zero-terminated string at `start`. */
function readString(body: Buffer, start: number): string {
  const end = body.indexOf(0, start)
  return body.toString('utf8', start, end < 0 ? body.length : end)
}
