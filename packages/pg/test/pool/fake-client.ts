import { EventEmitter } from 'node:events'
import type { ClientConnection, PoolableClient } from '../../src/pool/poolable-client.ts'
import type { ServerRole } from '../../src/pool/roles.ts'
import type { ServerAddress } from '../../src/target-server.ts'

type Callback = (error?: Error | null, result?: unknown) => void
interface Statement {
  readonly text: string
  readonly callback: Callback
}

/**
 * A client that does what it is told, when it is told: the model test needs every order of answers, and
 * no real server can be made to give them all. It keeps pg's order of signals (protocol message, then
 * callback, then `drain`), which wire-tap.integration.test.ts checks against pg itself.
 */
export class FakeClient extends EventEmitter implements PoolableClient {
  readonly connection: ClientConnection & { stream: { destroy(): void } }
  readonly processID = 0
  readonly secretKey = 0
  readonly sent: string[] = []
  release?: (error?: unknown) => void
  transactionStatus: 'I' | 'T' | 'E' = 'I'
  isDead = false
  /** The server said FATAL: the socket is still open, and of no use. */
  isDoomed = false
  /** A black hole: nothing reaches the server any more, and nobody hears of that. */
  isHung = false
  /** Its session has state that an application's statement left. */
  isDirty = false
  /** Whether its socket keeps the process alive. */
  isRef = true
  /** Settles the cancel that is on its way, where fake-cancel.ts stands in. */
  onCancel: ((delivered: boolean) => void) | undefined
  /** What its server is. */
  role: ServerRole = 'primary'
  /** Whether its server tells that by itself, as PostgreSQL does from version 14 on. */
  tellsRole = false
  /** The server takes a connection for the cancel, which is sent if it is wanted by then. */
  onReach: (() => void) | undefined
  /** Set while a cancel is on its way: it could not be sent after all. */
  onUnsent: (() => void) | undefined
  connectionParameters: { query_timeout?: number } = {}
  /** What `connect` throws, before it calls back. */
  connectError: Error | undefined
  #onConnect: Callback | undefined
  readonly #statements: Statement[] = []

  readonly host?: string
  readonly port?: number

  /** `address` is what it dials, where that is not the pool's own. */
  constructor(address: ServerAddress | undefined = undefined) {
    super()
    Object.assign(this, address)
    const stream = { destroy: () => this.isHung || this.die() }
    this.connection = Object.assign(new EventEmitter(), { stream })
  }

  connect(callback: Callback): void {
    if (this.connectError !== undefined) throw this.connectError
    this.#onConnect = callback
  }
  query(text: string, ...rest: [Callback] | [values: unknown, callback: Callback]): void {
    const callback = rest.at(-1) as Callback
    this.sent.push(text)
    if (this.isDead) callback(new Error('Client was closed and is not queryable'))
    else this.#statements.push({ text, callback })
  }
  end(callback?: Callback): void {
    if (this.isHung) return
    this.die()
    callback?.()
  }

  ref(): void {
    this.isRef = true
  }
  unref(): void {
    this.isRef = false
  }

  get isConnecting(): boolean {
    return this.#onConnect !== undefined
  }
  get isBusy(): boolean {
    return this.#statements.length > 0
  }

  /** What it is to answer next is a probe. */
  get isProbed(): boolean {
    return this.#statements[0]?.text === ''
  }

  /** The server accepts or refuses the connection. */
  settleConnect(error?: Error): void {
    if (this.isHung) return
    const onConnect = this.#onConnect
    this.#onConnect = undefined
    if (error === undefined) this.become(this.role)
    onConnect?.(error)
  }

  /** The server answers the oldest statement. */
  answer(result: unknown = {}): void {
    if (this.isDead || this.isHung) return
    const statement = this.#statements.shift()
    if (statement === undefined) return
    this.#carryOut(statement.text)
    this.connection.emit('readyForQuery', { status: this.transactionStatus })
    const isAskedForRole = statement.text.includes('pg_is_in_recovery') && this.role !== 'unknown'
    statement.callback(null, isAskedForRole ? { rows: [{ role: this.role }] } : result)
    if (this.#statements.length === 0) this.emit('drain')
  }

  #carryOut(text: string): void {
    if (text === 'BEGIN') this.transactionStatus = 'T'
    if (text === 'ROLLBACK') this.transactionStatus = 'I'
    if (text === 'LISTEN') this.connection.emit('commandComplete', { text })
    if (text.includes('UNLISTEN')) this.isDirty = false
    else if (['BEGIN', 'SELECT 1', 'LISTEN'].includes(text)) this.isDirty = true
  }

  /** The server turns into something else, and says so if it tells. */
  become(role: ServerRole): void {
    this.role = role
    if (!this.tellsRole) return
    this.tell('in_hot_standby', role === 'standby')
    this.tell('default_transaction_read_only', role === 'read-only')
  }

  tell(parameterName: string, isOn: boolean): void {
    const parameterValue = isOn ? 'on' : 'off'
    this.connection.emit('parameterStatus', { parameterName, parameterValue })
  }

  /** The server refuses the oldest statement; its ReadyForQuery comes with the same packet. */
  refuse(code: string, severity: string): void {
    if (this.isDead || this.isHung) return
    const statement = this.#statements.shift()
    if (statement === undefined) return
    this.isDoomed = severity === 'FATAL'
    this.connection.emit('errorMessage', { code, severity, message: 'refused' })
    statement.callback(Object.assign(new Error('refused'), { code, severity }))
    if (this.transactionStatus === 'T') this.transactionStatus = 'E'
    this.connection.emit('readyForQuery', { status: this.transactionStatus })
    if (this.#statements.length === 0) this.emit('drain')
  }

  /** The socket breaks. */
  die(error?: Error): void {
    if (this.isDead) return
    this.isDead = true
    this.isHung = false
    const lost = error ?? new Error('Connection terminated unexpectedly')
    this.settleConnect(lost)
    for (const { callback } of this.#statements.splice(0)) callback(lost)
    if (error !== undefined) this.emit('error', error)
    this.emit('end')
  }
}
