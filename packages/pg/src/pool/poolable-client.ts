import type { EventEmitter } from 'node:events'

type QueryCallback = (error: Error | null | undefined, result?: unknown) => void

/** The socket of a connection, as far as the pool needs it. */
export interface ClientStream {
  readonly bytesRead?: number
  readonly bytesWritten?: number
  /** Of a TCP connection that is open. */
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  destroy?(error?: Error): unknown
  isPaused?(): boolean
  pause?(): unknown
  resume?(): unknown
}

/** pg's protocol layer: an emitter of protocol messages over a socket. */
export interface ClientConnection extends EventEmitter {
  readonly stream?: ClientStream
  /** Texts of the statements that pg has prepared by name, and takes for prepared as long as it lives. */
  readonly parsedStatements?: Readonly<Record<string, string>>
}

/**
 * The part of a pg client that the pool uses. Custom and fake clients may lack what is optional here:
 * without `connection` nothing is known of the wire, and the pool then relies on events alone.
 */
export interface PoolableClient extends EventEmitter {
  connect(callback: (error?: Error | null) => void): void
  end(callback?: () => void): unknown
  query?(text: string, callback: QueryCallback): unknown
  ref?(): void
  unref?(): void
  release?: (error?: unknown) => void
  readonly connection?: ClientConnection
  /** Where it is connected to; a folder for a Unix socket. */
  readonly host?: string
  readonly port?: number
  readonly connectionParameters?: { readonly query_timeout?: unknown }
  /** Whether statements are sent before those in front of them are answered. */
  readonly pipeline?: boolean
  readonly processID?: number | null
  readonly secretKey?: number | null
}
