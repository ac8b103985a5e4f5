// biome-ignore-all lint/suspicious/noExplicitAny: the signatures of `query` are pg's own, to the letter
import type {
  ConnectionHealthMonitor,
  ConnectionRecycler,
  HealthMode,
  RecycleCause,
} from '@hale/core'
import type pg from 'pg'
import { type Abortable, signalOf } from './abort-signal.ts'
import { Acquiring } from './acquiring.ts'
import { createLease, type Lease } from './lease.ts'
import { type HealthAwarePoolOptions, resolvePoolOptions } from './options.ts'
import type { Connection } from './pool/connection.ts'
import type { PoolEngine } from './pool/engine.ts'
import { endTurn } from './pool/holder.ts'
import type { PoolableClient } from './pool/poolable-client.ts'
import type { AcquireCallback } from './pool/waiter-queue.ts'
import { createPoolParts, type PoolParts } from './pool-parts.ts'
import { contained, type QueryCallback, runQuery } from './pool-query.ts'
import { PoolShell } from './pool-shell.ts'
import { type PoolTarget, poolTarget } from './pool-target.ts'
import { PoolVitals } from './pool-vitals.ts'
import { logRemovals, nameClient } from './pool-words.ts'
import { hideSecrets } from './shown-options.ts'
import { type PoolSnapshot, type Readiness, readinessOf, snapshotConnection } from './snapshot.ts'
import { snapshotServer } from './snapshot-server.ts'
import { systemTime } from './time-source.ts'

type Release = (error?: unknown) => void
type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: Release,
) => void

/**
 * A `pg.Pool` that keeps its connections healthy: it watches every statement, verifies what was silent,
 * cleans what comes back dirty, and replaces what is broken before anybody waits for it.
 *
 * It never sends a statement twice: what failed, failed, and the caller is told.
 */
export class HealthAwarePool extends PoolShell implements AsyncDisposable {
  // drizzle-orm knows a pool by this name when its copy of pg is another one; minifiers must not change it
  static override get name(): string {
    return 'HealthAwarePool'
  }

  /** The class of the clients, as in pg.Pool; kysely opens its control connections with it. */
  declare readonly Client: new (
    config: pg.ClientConfig,
  ) => pg.Client
  /** Events, issues and assessments of this pool's connections. */
  readonly monitor: ConnectionHealthMonitor
  /** The policy that decides which connections go, and its counts. */
  readonly recycler: ConnectionRecycler
  /** @internal */
  readonly vitals: PoolVitals
  readonly #parts: PoolParts
  readonly #engine: PoolEngine
  readonly #acquiring: Acquiring
  readonly #promise: PromiseConstructor
  #isOver = false
  readonly #onOver: (() => void)[] = []
  readonly #log: ((...messages: unknown[]) => void) | undefined

  /** @throws {OptionsError} that names every problem at once */
  constructor(options?: HealthAwarePoolOptions, Client?: HealthAwarePoolOptions['Client']) {
    const resolved = resolvePoolOptions(options, Client)
    const { config } = resolved
    super(config)
    hideSecrets(this.options)
    this.#log = config.log
    this.#promise = (config.Promise ?? Promise) as PromiseConstructor
    const parts = createPoolParts(resolved, {
      options: this.options,
      createClient: (clientOptions) => new this.Client(clientOptions),
      events: {
        connect: (client) => this.#tell('connect', client),
        acquire: (client) => this.#tell('acquire', client),
        release: (error, client) => this.#tell('release', error, client),
        remove: (client) => this.#tell('remove', client),
        error: (error, client) => this.#tell('error', nameClient(error, client), client),
      },
    })
    const { engine } = parts
    this.#parts = parts
    this.#engine = engine
    this.monitor = parts.monitor
    if (this.#log !== undefined) logRemovals(this.monitor, this.#log)
    this.recycler = parts.recycler
    this.vitals = new PoolVitals(parts)
    this.#acquiring = new Acquiring(engine)
    // not before the caller had a chance to listen
    queueMicrotask(() => engine.fillToMinimum())
  }

  /**
   * Whether verdicts that rest on statistics are carried out; at first `health.mode`. May be assigned at any
   * time: the next sweep decides anew. @throws {OptionsError} for any other value
   */
  get mode(): HealthMode {
    return this.#parts.mode.current
  }
  set mode(mode: HealthMode) {
    this.#parts.mode.current = mode
  }

  /** Where its options lead. Of several `hosts` it is the one that was reached last, the first before that. */
  get target(): PoolTarget {
    return poolTarget(this.options)
  }

  get totalCount(): number {
    return this.#engine.size
  }
  /** Clients that nobody holds, those included that the pool is asking something at the moment. */
  get idleCount(): number {
    const { idle, probing } = this.#engine.counts()
    return idle + probing
  }
  get waitingCount(): number {
    return this.#engine.waitingCount
  }
  /** Connections past their lifetime that still take a slot. */
  get expiredCount(): number {
    const now = systemTime.now()
    let expired = 0
    for (const { deadlineAt } of this.#engine.connections()) if (now >= deadlineAt) expired += 1
    return expired
  }

  connect(options?: Abortable): Promise<pg.PoolClient>
  connect(callback: ConnectCallback): void
  connect(given?: Abortable | ConnectCallback): Promise<pg.PoolClient> | undefined {
    if (typeof given === 'function') {
      this.#connect(given)
      return undefined
    }
    let signal: AbortSignal | undefined
    if (given !== undefined) {
      try {
        signal = signalOf(given)
      } catch (error) {
        return this.#promise.reject(error)
      }
    }
    const holder = this.#acquiring.note(this.connect)
    const connection = this.#engine.acquireNow(holder)
    if (connection !== undefined) return this.#promise.resolve(clientOf(connection))
    return new this.#promise<pg.PoolClient>((resolve, reject) => {
      const settle: AcquireCallback = (error, acquired) => {
        if (acquired === undefined) reject(error)
        else resolve(clientOf(acquired))
      }
      this.#acquiring.wait(settle, holder, signal)
    }).catch((error: unknown) => rethrowFromCaller(error, given))
  }

  #connect(callback: ConnectCallback): void {
    const holder = this.#acquiring.note(this.connect)
    if (holder !== undefined) process.nextTick(endTurn) // callbacks run before promises do
    const lent = this.#engine.acquireNow(holder)
    if (lent !== undefined) callLater(callback, lent)
    else {
      const settle: AcquireCallback = (error, connection) => {
        if (connection === undefined) process.nextTick(callback, error, undefined, () => {})
        else callLater(callback, connection)
      }
      this.#acquiring.wait(settle, holder)
    }
  }

  query<T extends pg.Submittable>(queryStream: T): T
  query<R extends any[] = any[], I = any[]>(
    queryConfig: pg.QueryArrayConfig<I> & Abortable,
    values?: pg.QueryConfigValues<I>,
  ): Promise<pg.QueryArrayResult<R>>
  query<R extends pg.QueryResultRow = any, I = any[]>(
    queryConfig: pg.QueryConfig<I> & Abortable,
  ): Promise<pg.QueryResult<R>>
  query<R extends pg.QueryResultRow = any, I = any[]>(
    queryTextOrConfig: string | (pg.QueryConfig<I> & Abortable),
    values?: pg.QueryConfigValues<I>,
  ): Promise<pg.QueryResult<R>>
  query<R extends any[] = any[], I = any[]>(
    queryConfig: pg.QueryArrayConfig<I> & Abortable,
    callback: (error: Error, result: pg.QueryArrayResult<R>) => void,
  ): void
  query<R extends pg.QueryResultRow = any, I = any[]>(
    queryTextOrConfig: string | (pg.QueryConfig<I> & Abortable),
    callback: (error: Error, result: pg.QueryResult<R>) => void,
  ): void
  query<R extends pg.QueryResultRow = any, I = any[]>(
    queryText: string,
    values: pg.QueryConfigValues<I>,
    callback: (error: Error, result: pg.QueryResult<R>) => void,
  ): void
  query(text: unknown, values?: unknown, callback?: unknown): unknown {
    if (typeof text === 'function') {
      const message = 'Passing a function as the first parameter to pool.query is not supported'
      setImmediate(text as QueryCallback, new Error(message))
      return undefined
    }
    const given = (typeof values === 'function' ? values : callback) as QueryCallback | undefined
    const parameters = typeof values === 'function' ? undefined : values
    if (given !== undefined) {
      this.#query(text, parameters, contained(given))
      return undefined
    }
    return new this.#promise((resolve, reject) => {
      this.#query(text, parameters, (error, result) => {
        if (error !== undefined && error !== null) reject(error)
        else resolve(result)
      })
    }).catch((error: unknown) => rethrowFromCaller(error, text))
  }

  #query(text: unknown, values: unknown, callback: QueryCallback): void {
    let signal: AbortSignal | undefined
    if (typeof text === 'object') {
      try {
        signal = signalOf(text)
      } catch (error) {
        callback(error as Error)
        return
      }
    }
    const holder = this.#acquiring.noteStatement(this.query)
    const connection = this.#engine.acquireNow(holder)
    if (connection !== undefined) runQuery(connection, text, values, callback, signal)
    else {
      const settle: AcquireCallback = (error, acquired) => {
        if (acquired === undefined) callback(error)
        else runQuery(acquired, text, values, callback, signal)
      }
      this.#acquiring.wait(settle, holder, signal)
    }
  }

  /** Lends a client for as long as a scope lasts: `await using lease = await pool.lease()`. */
  async lease(options?: Abortable): Promise<Lease> {
    return createLease(await this.connect(options))
  }

  /**
   * Resolves when every client is back and closed. Callers who wait for one are served where a slot is free
   * for them; the others are told at once.
   */
  end(): Promise<void>
  end(callback: () => void): void
  end(callback?: (error?: Error) => void): Promise<void> | undefined {
    if (callback !== undefined) {
      this.#end(callback)
      return undefined
    }
    return new this.#promise((resolve, reject) => {
      this.#end((error) => {
        if (error) reject(error)
        else resolve()
      })
    })
  }

  #end(callback: (error?: Error) => void): void {
    if (this.#engine.ending) {
      callback(new Error('Called end on pool more than once'))
      return
    }
    this.#parts.sweeper.stop()
    const { sentinels, time } = this.#parts
    const isOver = (): void => {
      this.#isOver = true
      for (const tell of this.#onOver.splice(0)) tell()
      callback()
    }
    this.#engine.end(() => {
      time.stop()
      if (sentinels === undefined) isOver()
      else sentinels.stop(isOver)
    })
  }

  get ending(): boolean {
    return this.#engine.ending
  }
  get ended(): boolean {
    return this.#engine.ended
  }
  // pg-pool's constructor writes flags of its own; ours follow from the engine
  /** @internal */
  set ending(_flag: boolean) {}
  /** @internal */
  set ended(_flag: boolean) {}
  /** @internal By this name programs get at the clients of pg-pool, whose constructor writes it as well. */
  get _clients(): readonly PoolableClient[] {
    return [...this.#engine.connections()].map(({ client }) => client)
  }
  /** @internal */
  set _clients(_none: readonly PoolableClient[]) {}

  /** Resolves when the pool has ended, whoever has begun that. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#engine.ending) await this.end()
    else if (!this.#isOver) await new Promise<void>((resolve) => this.#onOver.push(resolve))
  }

  /** The pool at this instant, as plain JSON. */
  snapshot(): PoolSnapshot {
    const { monitor, recycler } = this
    const engine = this.#engine
    const at = systemTime.now()
    const connections = [...engine.connections()]
    return {
      at,
      mode: this.mode,
      counts: engine.counts(),
      connections: connections.map((each) => snapshotConnection(each, monitor.assess(each.id), at)),
      issues: monitor.openIssues(),
      totals: {
        ...engine.totals,
        recycles: recycler.counts,
        listenerErrors: monitor.listenerErrors,
        operations: monitor.operations.snapshot(),
      },
      durations: monitor.durations.snapshot(),
      server: {
        ...snapshotServer(connections, this.#parts, at),
        openingFailures: engine.openingFailures,
        isBreakerOpen: engine.isBreakerOpen,
      },
      learning: this.#parts.supervisor.learning,
    }
  }

  /** What JSON makes of a pool: its snapshot. Else it would be its options, and what listens to it. */
  toJSON(): PoolSnapshot {
    return this.snapshot()
  }

  /** Whether the pool can serve right now, from what it knows; asks nobody and takes no slot. */
  readiness(): Readiness {
    const engine = this.#engine
    const exhausted = this.monitor.openIssues().some(({ type }) => type === 'pool_exhaustion')
    const { ending, isBreakerOpen, openingFailures } = engine
    return readinessOf(engine.counts(), openingFailures, { ending, exhausted, isBreakerOpen })
  }

  /** Replaces every connection: idle ones now, leased ones when they come back. */
  evictAll(cause: RecycleCause = 'operator'): void {
    for (const connection of [...this.#engine.connections()])
      this.#engine.condemn(connection, cause)
    this.#engine.fillToMinimum()
  }

  /**
   * Has one connection replaced as soon as it is its turn, its successor first; one that is lent leaves
   * when it is released. If no successor can be opened, it stays. Returns whether there is such a
   * connection: `false` for an id that is gone.
   */
  recycle(connectionId: number, cause: RecycleCause = 'operator'): boolean {
    const connection = this.#engine.find(connectionId)
    if (connection === undefined) return false
    this.#engine.replacements.request(connection, cause)
    return true
  }

  /** Emits one of pg.Pool's own events. A listener that throws does so in a turn of its own. */
  #tell(event: string, ...args: unknown[]): void {
    this.#log?.(event)
    if (this.listenerCount(event) === 0) return // an 'error' that nobody hears must not end the process
    try {
      this.emit(event, ...args)
    } catch (error) {
      process.nextTick(() => {
        throw error
      })
    }
  }
}

function clientOf(connection: Connection): pg.PoolClient {
  return connection.client as unknown as pg.PoolClient
}

/** In a tick of its own, as pg-pool does it for a connection that is idle. */
function callLater(callback: ConnectCallback, connection: Connection): void {
  const client = clientOf(connection)
  process.nextTick(callback, undefined, client, client.release)
}

/**
 * Gives the error a stack that leads to the application instead of to a socket, as pg-pool does. The reason
 * of an abort is the application's own, and is left as it is.
 */
function rethrowFromCaller(error: unknown, options: unknown): never {
  const { signal } = (options ?? {}) as Abortable
  const isOurs = error instanceof Error && Object.isExtensible(error)
  if (isOurs && !(signal?.aborted && error === signal.reason)) {
    Error.captureStackTrace(error, rethrowFromCaller)
  }
  throw error
}
