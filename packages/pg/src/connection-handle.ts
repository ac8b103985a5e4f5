import type { OperationReader } from '@hale/core'
import type { Connection, TransactionStatus } from './pool/connection.ts'
import type { PoolEngine } from './pool/engine.ts'

/**
 * What an adapter of a query builder may know of the connection behind a client that it was lent, and may
 * ask for. One per connection, for as long as the client lives; to be used while the client is lent.
 */
export class ConnectionHandle {
  readonly #connection: Connection
  readonly #engine: PoolEngine

  /** @internal */
  constructor(connection: Connection, engine: PoolEngine) {
    this.#connection = connection
    this.#engine = engine
  }

  get connectionId(): number {
    return this.#connection.id
  }

  /** The backend's pid; `undefined` where a pooler was recognised in between, which tells one of its own. */
  get processId(): number | undefined {
    const isPooled = !this.#engine.roles.areRolesTold
    return isPooled ? undefined : (this.#connection.client.processID ?? undefined)
  }

  /** The server that it is connected to, as it was dialled; with several hosts, one of them. */
  get server(): { readonly host: string | undefined; readonly port: number | undefined } {
    const { host, port } = this.#connection.client
    return { host, port }
  }

  /** As of the latest answer; `undefined` where the client is of a kind that cannot be watched. */
  get transactionStatus(): TransactionStatus | undefined {
    const { client, wire } = this.#connection
    return client.connection === undefined ? undefined : wire.transactionStatus
  }

  /** Tag of the command that was completed last; a COMMIT of a failed transaction says `ROLLBACK`. */
  get lastCommand(): string | undefined {
    return this.#connection.wire.lastCommand
  }

  /** Whether a statement was submitted that the server has not answered. */
  get isRunning(): boolean {
    return this.#connection.isUnderWay
  }

  /** Says how the values are read that `announce` is given. */
  describeWith(reader: OperationReader): void {
    this.#connection.metrics.operation.readWith(reader)
  }

  /** Names the statement that is submitted next, so that issues and totals can. Costs two assignments. */
  announce(source: object): void {
    this.#connection.metrics.operation.announce(source)
  }

  /** Has it closed when it is released, instead of being lent again. */
  condemn(): void {
    this.#engine.condemn(this.#connection, 'released-with-error')
  }

  /**
   * Has what runs cancelled, by the key of the connection and at the very server that it is connected to.
   * Hits nothing that is sent later. Resolves when it is known what became of the request, which takes
   * `health.cleanupTimeoutMs` at most, at once where nothing runs; the statement itself tells its end. One
   * that the request came too early for, or that is deaf to it, is cancelled again while it runs.
   */
  cancelRunning(): Promise<void> {
    return new Promise((resolve) => this.#engine.overdue.cancel(this.#connection, resolve))
  }
}

const owners = new WeakMap<object, PoolEngine>()
const handles = new WeakMap<object, ConnectionHandle>()

/** @internal Notes whose a client is. */
export function registerClient(client: object, engine: PoolEngine): void {
  owners.set(client, engine)
}

/**
 * The handle of a client that a HealthAwarePool of this process has lent, the same each time; `undefined`
 * for any other client.
 */
export function connectionHandleOf(client: object): ConnectionHandle | undefined {
  const known = handles.get(client)
  const engine = owners.get(client)
  if (known !== undefined || engine === undefined) return known
  for (const connection of engine.connections()) {
    if (connection.client !== client) continue
    const handle = new ConnectionHandle(connection, engine)
    handles.set(client, handle)
    return handle
  }
  return undefined
}
