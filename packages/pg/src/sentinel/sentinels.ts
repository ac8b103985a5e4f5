import type { ConnectionHealthMonitor, ServerAnswerCallback } from '@hale/core'
import type pg from 'pg'
import { type ClientOverrides, clientConfig } from '../client-config.ts'
import type { Connection } from '../pool/connection.ts'
import type { PoolableClient } from '../pool/poolable-client.ts'
import type { RunningTime } from '../running-time.ts'
import type { TimerHandle } from '../time-source.ts'
import { findLocalBackend, registerBackends } from './local-backends.ts'
import { Sentinel, type ServerChange } from './sentinel.ts'
import type { SentinelPolicy } from './sentinel-options.ts'
import type { ServerView } from './server-view.ts'

/** Intervals after which a lag that was measured says nothing any more: thrice the longest between two. */
const ROUNDS_UNTIL_STALE = 30

export interface SentinelsPorts {
  readonly policy: SentinelPolicy
  /** The pool's own, live. */
  readonly options: pg.PoolConfig
  readonly time: RunningTime
  readonly monitor: ConnectionHealthMonitor
  random(): number
  createClient(config: pg.ClientConfig): PoolableClient
  /** Every connection that takes a slot. */
  connections(): Iterable<Connection>
  /** A server that the pool is connected to has another role, began anew, or is another one. */
  onChanged(change: ServerChange): void
  onPooled(): void
  onBlocked(): void
}

/** One sentinel for each server that the pool is connected to: nearly always one. */
export class Sentinels {
  readonly #ports: SentinelsPorts
  readonly #byServer = new Map<string, Sentinel>()
  #timer: TimerHandle | undefined
  #unregister: (() => void) | undefined
  #isStopped = false

  constructor(ports: SentinelsPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#unregister = registerBackends((serverStartedAt, pid) => {
      for (const connection of this.#watchable()) {
        if (connection.client.processID !== pid) continue
        const { greeting, isPooled } = this.#byServer.get(serverOf(connection))?.view ?? {}
        if (isPooled === false && greeting?.startedAt === serverStartedAt) return connection
      }
      return undefined
    })
    this.#schedule()
  }

  /** `done` is called when every session is closed, within a bound. */
  stop(done: () => void): void {
    if (this.#timer !== undefined) this.#ports.time.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#unregister?.()
    this.#isStopped = true
    let left = this.#byServer.size
    if (left === 0) done()
    for (const sentinel of this.#byServer.values()) {
      sentinel.close(() => {
        left -= 1
        if (left === 0) done()
      })
    }
  }

  /** Asks the server of `connection` what it does; calls back once, later, and within a bound. */
  ask(connection: Connection, done: ServerAnswerCallback): void {
    if (this.#isStopped) this.#ports.time.setImmediate(() => done('unknown'))
    else this.#sentinelOf(connection).ask(connection, done)
  }

  /** When any server last answered a sentinel, monotonic ms. */
  get heardAt(): number {
    let latest = Number.NEGATIVE_INFINITY
    for (const { heardAt } of this.#byServer.values()) latest = Math.max(latest, heardAt)
    return latest
  }

  /** The sentinel of the server that has most connections; `undefined` before there is any. */
  get main(): Sentinel | undefined {
    const counts = new Map<string, number>()
    for (const connection of this.#watchable()) {
      const server = serverOf(connection)
      counts.set(server, (counts.get(server) ?? 0) + 1)
    }
    const [server] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? []
    return (
      (server !== undefined && this.#byServer.get(server)) || [...this.#byServer.values()].at(-1)
    )
  }

  /** What is known of the server that has most connections; where there is one, at no cost. */
  get view(): ServerView | undefined {
    if (this.#byServer.size > 1) return this.main?.view
    const [only] = this.#byServer.values()
    return only?.view
  }

  /** How far that server is behind, if it is a standby and has said so within three rounds. */
  standbyLagMs(now: number): number | undefined {
    return this.view?.standbyLagMs(now, this.#ports.policy.intervalMs * ROUNDS_UNTIL_STALE)
  }

  #schedule(): void {
    const { time, policy } = this.#ports
    this.#timer = time.setTimeout(() => {
      this.#look()
      this.#schedule()
    }, policy.intervalMs)
    this.#timer.unref()
  }

  #look(): void {
    let latest: Connection | undefined
    for (const connection of this.#ports.connections()) {
      if (!isWatchable(connection)) continue
      if (latest === undefined || !isSameServer(latest, connection)) this.#sentinelOf(connection)
      latest = connection
    }
    for (const [server, sentinel] of this.#byServer) {
      sentinel.look()
      if (!sentinel.isResting || this.#byServer.size === 1) continue
      sentinel.close(() => {})
      this.#byServer.delete(server)
    }
  }

  #connectionsTo(host: string | undefined, port: number | undefined): readonly Connection[] {
    const found: Connection[] = []
    for (const connection of this.#ports.connections()) {
      const { client } = connection
      if (isWatchable(connection) && client.host === host && client.port === port) {
        found.push(connection)
      }
    }
    return found
  }

  *#watchable(): Iterable<Connection> {
    for (const connection of this.#ports.connections()) {
      if (isWatchable(connection)) yield connection
    }
  }

  #sentinelOf(connection: Connection): Sentinel {
    const server = serverOf(connection)
    const known = this.#byServer.get(server)
    if (known !== undefined) return known
    const { policy, time, monitor, random, onChanged, onPooled, onBlocked } = this.#ports
    const { host, port } = connection.client
    const sentinel = new Sentinel({
      policy,
      time,
      timeoutMs: policy.timeoutMs,
      monitor,
      random,
      createClient: () => this.#createClient({ host, port }),
      createOddClient: () => this.#createClient({ host, port }, oddOptions),
      connections: () => this.#connectionsTo(host, port),
      findLocal: findLocalBackend,
      heardAt: () => this.#latestOfPool(),
      onChanged,
      onPooled,
      onBlocked,
    })
    this.#byServer.set(server, sentinel)
    return sentinel
  }

  #latestOfPool(): number {
    let latest = Number.NEGATIVE_INFINITY
    for (const { heardAt } of this.#watchable()) latest = Math.max(latest, heardAt)
    return latest
  }

  /** A client like the pool's own, but for what is meant for the application's statements. */
  #createClient(server: ClientOverrides, more: pg.ClientConfig = {}): PoolableClient {
    const { options, policy, createClient } = this.#ports
    const own = clientConfig(options, server)
    const application_name = policy.applicationName ?? nameFor(own.application_name)
    return createClient(Object.assign(clientConfig(own, { application_name }), untimed, more))
  }
}

function isWatchable({ state, client }: Connection): boolean {
  return state !== 'opening' && Boolean(client.processID)
}

function isSameServer({ client: one }: Connection, { client: other }: Connection): boolean {
  return one.host === other.host && one.port === other.port
}

function serverOf({ client: { host, port } }: Connection): string {
  return `${host}:${port}`
}

function nameFor(ownName: string | undefined): string {
  return ownName ? `hale sentinel (${ownName})` : 'hale sentinel'
}

/** The settings of an application are for its own sessions; poolers refuse sessions that ask for them. */
const untimed: pg.ClientConfig & { readonly pipeline: false } = {
  statement_timeout: 0,
  lock_timeout: 0,
  query_timeout: 0,
  idle_in_transaction_session_timeout: 0,
  pipeline: false,
}

/** A setting that PostgreSQL accepts from anybody, as no extension has defined it, and PgBouncer refuses. */
const oddOptions: pg.ClientConfig = { options: '-c hale.sentinel=on' }
