import type { PostgresAccount } from './postgres-account.ts'
import type { PostgresVersion } from './postgres-versions.ts'

/** Where a primary is, and how to log in to it. */
export interface PrimaryAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly dataDir: string
}

/** As whom a server runs, and where its folder is made. */
export interface ServerIdentity {
  /** Absent: as the user of the host process. */
  readonly account?: PostgresAccount
  /** Folder in which the server's own folder is made. */
  readonly tempRoot: string
}

/** Everything the host process must know to run one server. Plain JSON. */
export interface ClusterPlan extends ServerIdentity {
  readonly version: PostgresVersion
  readonly nativeDir: string
  readonly user: string
  readonly password: string
  readonly settings: Readonly<Record<string, string>>
  /** Written to the data folder before the first start, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** Present: the server is a standby of this primary. */
  readonly standbyOf?: PrimaryAddress
}

/** Everything the host process must know to run one PgBouncer. Plain JSON. */
export interface PgBouncerPlan extends ServerIdentity {
  readonly program: string
  readonly poolMode: 'session' | 'transaction' | 'statement'
  readonly settings: Readonly<Record<string, string>>
  readonly upstream: Omit<PrimaryAddress, 'dataDir'>
}

/** `fast` says goodbye to the clients (57P01); `immediate` is a crash that needs recovery. */
export type StopMode = 'fast' | 'immediate'

/** A server that accepts connections. */
export interface RunningServer {
  readonly port: number
  readonly processId: number
  readonly dataDir: string
  /** Holds all that is the server's own, and goes with it. */
  readonly folder: string
}

/** What the host process runs on behalf of its test process. */
export interface HostedProgram {
  /** Makes its folder and starts it on a free port of 127.0.0.1. */
  create(): Promise<RunningServer>
  /** Stops it, or finds it stopped already, and starts it on the same port. */
  restart(mode: StopMode): Promise<RunningServer>
  /** Stops it and keeps its folder and its port for `restart`. */
  halt(mode: StopMode): Promise<void>
  /** Stops it and removes all that is its own. May come at any time. */
  destroy(mode: StopMode): Promise<void>
}

/** The first thing that the test process asks of its host process. */
export type StartRequest =
  | { readonly kind: 'start-postgres'; readonly plan: ClusterPlan }
  | { readonly kind: 'start-pgbouncer'; readonly plan: PgBouncerPlan }

/** What the test process asks of its host process. */
export type HostRequest =
  | StartRequest
  | { readonly kind: 'restart'; readonly mode: StopMode }
  | { readonly kind: 'halt'; readonly mode: StopMode }
  | { readonly kind: 'stop'; readonly mode: StopMode }

/** What the host process tells its test process. */
export type HostReport =
  | { readonly kind: 'log'; readonly line: string }
  | ({ readonly kind: 'ready' } & RunningServer)
  | { readonly kind: 'halted' }
  | { readonly kind: 'failed'; readonly message: string }
