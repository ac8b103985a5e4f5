/** One framed message of PostgreSQL's protocol. */
export interface WireMessage {
  /** The type byte as a letter; `''` for the messages of the startup, which have none. */
  readonly type: string
  /** Bytes after the length; empty when the reader was not asked for them. */
  readonly body: Buffer
}

/** What a `MessageReader` makes of the bytes that come next. */
export type Framing =
  /** Length first: the client's messages until it has sent its startup message. */
  | 'untyped'
  /** Type byte, then length. */
  | 'typed'
  /** Not for us: TLS, or nothing of interest left. */
  | 'opaque'

/** Startup messages are short; a larger "length" is something else, such as a TLS record. */
const LONGEST_STARTUP = 10_000

/** Cuts one direction of a connection into messages, however TCP cut it into chunks. */
export class MessageReader {
  // `head` gathers the bytes before the body. After it, `missing` counts the bytes of the body still
  // to come, and `body` gathers them if `wanted`.
  framing: Framing
  readonly #wants: (type: string) => boolean
  readonly #onMessage: (message: WireMessage) => void
  #head: number[] = []
  #type = ''
  #missing = 0
  #isInBody = false
  #wanted = false
  #body: Buffer[] = []

  constructor(
    framing: Framing,
    wants: (type: string) => boolean,
    onMessage: (message: WireMessage) => void,
  ) {
    this.framing = framing
    this.#wants = wants
    this.#onMessage = onMessage
  }

  push(chunk: Buffer): void {
    let offset = 0
    while (offset < chunk.length && this.framing !== 'opaque') {
      if (this.#isInBody) offset += this.#takeBody(chunk.subarray(offset))
      else this.#takeHeadByte(chunk[offset++] ?? 0)
    }
  }

  #takeHeadByte(byte: number): void {
    const headLength = this.framing === 'typed' ? 5 : 4
    this.#head.push(byte)
    if (this.#head.length < headLength) return
    const head = Buffer.from(this.#head)
    this.#head = []
    this.#type = this.framing === 'typed' ? String.fromCharCode(head[0] ?? 0) : ''
    this.#missing = head.readUInt32BE(headLength - 4) - 4
    if (this.#missing < 0 || (this.framing === 'untyped' && this.#missing > LONGEST_STARTUP)) {
      this.framing = 'opaque'
      return
    }
    this.#isInBody = true
    this.#wanted = this.framing === 'untyped' || this.#wants(this.#type)
    if (this.#missing === 0) this.#finish()
  }

  #takeBody(rest: Buffer): number {
    const part = rest.subarray(0, this.#missing)
    if (this.#wanted) this.#body.push(part)
    this.#missing -= part.length
    if (this.#missing === 0) this.#finish()
    return part.length
  }

  #finish(): void {
    const message = { type: this.#type, body: Buffer.concat(this.#body) }
    this.#isInBody = false
    this.#body = []
    this.#onMessage(message)
  }
}
