// biome-ignore-all lint/suspicious/noExplicitAny: the signatures of `query` are pg's own, to the letter
import {
  ConnectionHealthMonitor,
  ConnectionRecycler,
  ConnectionSupervisor,
  classifyFault,
  type Health,
  type RecycleCause,
} from '@hale/core'
import pg from 'pg'
import { createDiagnosticsMirror } from './diagnostics.ts'
import { createLease, type Lease } from './lease.ts'
import { type HealthAwarePoolOptions, resolvePoolOptions } from './options.ts'
import type { Connection } from './pool/connection.ts'
import { PoolEngine } from './pool/engine.ts'
import type { EngineOptions, EnginePorts } from './pool/engine-ports.ts'
import type { PoolableClient } from './pool/poolable-client.ts'
import { SupervisedPool } from './pool/supervised-pool.ts'
import { Sweeper } from './pool/sweeper.ts'
import { type PoolSnapshot, type Readiness, readinessOf, snapshotConnection } from './snapshot.ts'
import { systemTime } from './time-source.ts'

type Callback<Result> = (error: Error | undefined, result?: Result) => void
type Release = (error?: unknown) => void
type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: Release,
) => void

/** What HealthAwarePool takes from pg.Pool: its options, its emitter, `instanceof`. The engine is its own. */
type PoolShell = Omit<
  pg.Pool,
  | 'connect'
  | 'end'
  | 'ended'
  | 'ending'
  | 'expiredCount'
  | 'idleCount'
  | 'query'
  | 'totalCount'
  | 'waitingCount'
>
const PoolShell: new (options: pg.PoolConfig) => PoolShell = pg.Pool

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
  readonly #health: Health
  readonly #engine: PoolEngine
  readonly #supervisor: ConnectionSupervisor
  readonly #sweeper: Sweeper
  readonly #promise: PromiseConstructor
  readonly #log: ((...messages: unknown[]) => void) | undefined

  /** @throws {OptionsError} that names every problem at once */
  constructor(options?: HealthAwarePoolOptions, Client?: HealthAwarePoolOptions['Client']) {
    const given = Client === undefined ? options : { ...options, Client }
    const { config, health, recycling } = resolvePoolOptions(given)
    super(config)
    const time = systemTime
    const random = Math.random
    this.#health = health
    this.#log = config.log
    this.#promise = (config.Promise ?? Promise) as PromiseConstructor
    this.monitor = new ConnectionHealthMonitor({
      clock: time,
      health,
      mirror: createDiagnosticsMirror(),
    })
    this.recycler = new ConnectionRecycler({ recycling, mode: health.mode, random })
    const { monitor, recycler } = this
    const engineOptions = this.options as unknown as EngineOptions
    const hooks = config as unknown as EnginePorts['hooks']
    this.#engine = new PoolEngine({
      options: engineOptions,
      health,
      hooks,
      time,
      random,
      monitor,
      recycler,
      events: {
        connect: (client) => this.#tell('connect', client),
        acquire: (client) => this.#tell('acquire', client),
        release: (error, client) => this.#tell('release', error, client),
        remove: (client) => this.#tell('remove', client),
        error: (error, client) => this.#tell('error', error, client),
      },
      createClient: () => new this.Client(this.options) as unknown as PoolableClient,
      onReplaced: (oldId, newId, cause) =>
        this.#supervisor.replaced(oldId, newId, cause, time.now()),
    })
    const engine = this.#engine
    const port = new SupervisedPool({ engine, options: engineOptions, time })
    this.#supervisor = new ConnectionSupervisor({ monitor, recycler, health, port })
    const supervisor = this.#supervisor
    this.#sweeper = new Sweeper({
      engine,
      options: engineOptions,
      health,
      time,
      monitor,
      supervisor,
    })
    this.#sweeper.start()
    // not before the caller had a chance to listen
    if (engineOptions.min > 0) queueMicrotask(() => engine.fillToMinimum())
  }

  get totalCount(): number {
    return this.#engine.size
  }
  get idleCount(): number {
    return this.#engine.idleCount
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

  connect(): Promise<pg.PoolClient>
  connect(callback: ConnectCallback): void
  connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    const engine = this.#engine
    if (callback === undefined) {
      const connection = engine.acquireNow()
      if (connection !== undefined) return this.#promise.resolve(clientOf(connection))
      return new this.#promise<pg.PoolClient>((resolve, reject) => {
        engine.acquire((error, acquired) => {
          if (acquired === undefined) reject(error)
          else resolve(clientOf(acquired))
        })
      }).catch(rethrowFromCaller)
    }
    const lent = engine.acquireNow()
    if (lent !== undefined) callLater(callback, lent)
    else {
      engine.acquire((error, connection) => {
        if (connection === undefined) process.nextTick(callback, error, undefined, () => {})
        else callLater(callback, connection)
      })
    }
    return undefined
  }

  query<T extends pg.Submittable>(queryStream: T): T
  query<R extends any[] = any[], I = any[]>(
    queryConfig: pg.QueryArrayConfig<I>,
    values?: pg.QueryConfigValues<I>,
  ): Promise<pg.QueryArrayResult<R>>
  query<R extends pg.QueryResultRow = any, I = any[]>(
    queryConfig: pg.QueryConfig<I>,
  ): Promise<pg.QueryResult<R>>
  query<R extends pg.QueryResultRow = any, I = any[]>(
    queryTextOrConfig: string | pg.QueryConfig<I>,
    values?: pg.QueryConfigValues<I>,
  ): Promise<pg.QueryResult<R>>
  query<R extends any[] = any[], I = any[]>(
    queryConfig: pg.QueryArrayConfig<I>,
    callback: (error: Error, result: pg.QueryArrayResult<R>) => void,
  ): void
  query<R extends pg.QueryResultRow = any, I = any[]>(
    queryTextOrConfig: string | pg.QueryConfig<I>,
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
      setImmediate(text as Callback<unknown>, new Error(message))
      return undefined
    }
    const given = (typeof values === 'function' ? values : callback) as
      | Callback<unknown>
      | undefined
    const parameters = typeof values === 'function' ? undefined : values
    if (given !== undefined) {
      this.#query(text, parameters, contained(given))
      return undefined
    }
    return new this.#promise((resolve, reject) => {
      this.#query(text, parameters, (error, result) => {
        if (error) reject(error)
        else resolve(result)
      })
    }).catch(rethrowFromCaller)
  }

  #query(text: unknown, values: unknown, callback: Callback<unknown>): void {
    const connection = this.#engine.acquireNow()
    if (connection !== undefined) runQuery(connection, text, values, callback)
    else {
      this.#engine.acquire((error, acquired) => {
        if (acquired === undefined) callback(error)
        else runQuery(acquired, text, values, callback)
      })
    }
  }

  /** Lends a client for as long as a scope lasts: `await using lease = await pool.lease()`. */
  async lease(): Promise<Lease> {
    return createLease(await this.connect())
  }

  /** Resolves when every client is back and closed; callers who wait for one are told at once. */
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
    this.#sweeper.stop()
    this.#engine.end(() => callback())
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

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#engine.ending) await this.end()
  }

  /** The pool at this instant, as plain JSON. */
  snapshot(): PoolSnapshot {
    const { monitor, recycler } = this
    const engine = this.#engine
    const at = systemTime.now()
    const connections = [...engine.connections()]
    const newest = connections.findLast(({ wire }) => wire.serverVersion !== undefined)
    return {
      at,
      mode: this.#health.mode,
      counts: engine.counts(),
      connections: connections.map((each) => snapshotConnection(each, monitor.assess(each.id), at)),
      issues: monitor.openIssues(),
      totals: {
        ...engine.totals,
        recycles: recycler.counts,
        listenerErrors: monitor.listenerErrors,
      },
      server: {
        version: newest?.wire.serverVersion,
        inHotStandby: newest?.wire.inHotStandby,
        openingFailures: engine.openingFailures,
      },
      learning: this.#supervisor.learning,
    }
  }

  /** Whether the pool can serve right now, from what it knows; asks nobody and takes no slot. */
  readiness(): Readiness {
    const engine = this.#engine
    const exhausted = this.monitor.openIssues().some(({ type }) => type === 'pool_exhaustion')
    const { ending } = engine
    return readinessOf(engine.counts(), engine.openingFailures, { ending, exhausted })
  }

  /** Replaces every connection: idle ones now, leased ones when they come back. */
  evictAll(cause: RecycleCause = 'operator'): void {
    for (const connection of [...this.#engine.connections()])
      this.#engine.condemn(connection, cause)
    this.#engine.fillToMinimum()
  }

  /**
   * Replaces one connection, its successor first. Returns whether the successor has begun to open: not for
   * an id that is gone, nor while another replacement is under way.
   */
  recycle(connectionId: number, cause: RecycleCause = 'operator'): boolean {
    for (const connection of this.#engine.connections()) {
      if (connection.id !== connectionId || connection.condemnedFor !== undefined) continue
      return this.#engine.replacements.replace(connection, cause)
    }
    return false
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

function runQuery(
  connection: Connection,
  text: unknown,
  values: unknown,
  callback: Callback<unknown>,
): void {
  const client = connection.client as PoolableClient & { release: Release; query: QueryMethod }
  const { lease } = connection
  const finish: Callback<unknown> = (error, result) => {
    if (connection.lease !== lease) return // the socket died first, and the caller was told then
    connection.onLost = undefined
    client.release(error && isBroken(connection, error) ? error : undefined)
    callback(error, result)
  }
  connection.onLost = finish
  try {
    client.query(text, values, finish)
  } catch (error) {
    finish(error as Error)
  }
}

/** A callback whose throw surfaces in a turn of its own, as in pg, and stops nobody else's. */
function contained(callback: Callback<unknown>): Callback<unknown> {
  return (error, result) => {
    try {
      callback(error, result)
    } catch (thrown) {
      process.nextTick(() => {
        throw thrown
      })
    }
  }
}

type QueryMethod = (text: unknown, values: unknown, callback: Callback<unknown>) => unknown

/** pg-pool closes a connection on any error of pool.query; a failed statement says nothing about it. */
function isBroken({ client }: Connection, error: Error): boolean {
  const { scope, endsSession } = classifyFault(error)
  const isWatched = client.connection !== undefined
  return endsSession || (scope === 'unknown' && !isWatched)
}

/** Gives the error a stack that leads to the application instead of to a socket, as pg-pool does. */
function rethrowFromCaller(error: unknown): never {
  if (error instanceof Error) Error.captureStackTrace(error, rethrowFromCaller)
  throw error
}
