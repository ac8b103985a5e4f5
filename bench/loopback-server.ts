import { EventEmitter } from 'node:events'

/**
 * A socket with a server of no cost behind it: it answers each simple query, whatever its text, with one
 * row `1`, in the event loop's next turn. What is left of a query's time is the client's and the pool's,
 * so that a difference of a few hundred nanoseconds shows, which a real server's noise would hide.
 *
 * For pg's option `stream`. It has what pg calls on a socket and no more.
 */
export class LoopbackSocket extends EventEmitter {
  readonly writable = true
  #started = false

  connect(): void {
    setImmediate(() => this.emit('connect'))
  }

  write(bytes: Buffer, written?: () => void): boolean {
    if (!this.#started) {
      this.#started = true
      this.#answer(greeting)
    } else if (bytes[0] === queryCode) this.#answer(oneRow)
    written?.()
    return true
  }

  end(): void {
    this.destroy()
  }

  destroy(): void {
    setImmediate(() => this.emit('close'))
  }

  setNoDelay(): void {}
  setKeepAlive(): void {}
  cork(): void {}
  uncork(): void {}
  ref(): void {}
  unref(): void {}

  #answer(bytes: Buffer): void {
    setImmediate(() => this.emit('data', bytes))
  }
}

const queryCode = 'Q'.charCodeAt(0)

/** One message of the protocol: a code, the length of what follows with itself, the body. */
function message(code: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, code, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const readyForQuery = message('Z', Buffer.from('I'))

const authenticationOk = message('R', Buffer.alloc(4))
const greeting = Buffer.concat([authenticationOk, readyForQuery])

const oneField = Buffer.from([0, 1])
const fieldName = Buffer.from('?column?\0')
// table 0, column 0, type 23 (int4), 4 bytes, no modifier, text format
const fieldFacts = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 4, 255, 255, 255, 255, 0, 0])
const valueOne = Buffer.from([0, 0, 0, 1, 0x31])

const oneRow = Buffer.concat([
  message('T', Buffer.concat([oneField, fieldName, fieldFacts])),
  message('D', Buffer.concat([oneField, valueOne])),
  message('C', Buffer.from('SELECT 1\0')),
  readyForQuery,
])
