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

/** Everything the host process must know to run one server. Plain JSON. */
export interface ClusterPlan {
  readonly version: PostgresVersion
  readonly nativeDir: string
  /** Absent: PostgreSQL runs as the user of the host process. */
  readonly account?: PostgresAccount
  /** Folder in which the data folder is made. */
  readonly tempRoot: string
  readonly user: string
  readonly password: string
  readonly settings: Readonly<Record<string, string>>
  /** Written to the data folder before the first start, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** Present: the server is a standby of this primary. */
  readonly standbyOf?: PrimaryAddress
}

/** `fast` says goodbye to the clients (57P01); `immediate` is a crash that needs recovery. */
export type StopMode = 'fast' | 'immediate'

/** A server that accepts connections. */
export interface RunningServer {
  readonly port: number
  readonly processId: number
  readonly dataDir: string
  /** The data folder's parent, which goes with it. */
  readonly folder: string
}

/** What the test process asks of its host process. */
export type HostRequest =
  | { readonly kind: 'start'; readonly plan: ClusterPlan }
  | { readonly kind: 'restart'; readonly mode: StopMode }
  | { readonly kind: 'halt'; readonly mode: StopMode }
  | { readonly kind: 'stop'; readonly mode: StopMode }

/** What the host process tells its test process. */
export type HostReport =
  | { readonly kind: 'log'; readonly line: string }
  | ({ readonly kind: 'ready' } & RunningServer)
  | { readonly kind: 'halted' }
  | { readonly kind: 'failed'; readonly message: string }
