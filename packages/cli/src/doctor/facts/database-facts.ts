import type { PoolerName, PoolMode } from '@hale/pg'
import type { ServerSettings } from './server-settings.ts'
import type { SessionFacts } from './session-facts.ts'

/**
 * What the doctor saw of a database. `undefined` is what could not be seen: `unseen` says why. Durations in ms.
 * Names that others chose are printable, statements are in normal form.
 */
export interface DatabaseFacts {
  /** Wall time of the check, ms since 1970. */
  readonly at: number
  readonly asked: AskedFacts
  readonly network: NetworkFacts
  readonly tls: TlsFacts
  /** What stands between; `undefined` for nothing that gives a sign. */
  readonly pooler: { readonly name: PoolerName; readonly mode: PoolMode | undefined } | undefined
  readonly server: ServerFacts | undefined
  readonly settings: ServerSettings | undefined
  readonly connections: ConnectionFacts | undefined
  readonly sessions: SessionFacts | undefined
  readonly replication: ReplicationFacts | undefined
  readonly unseen: readonly { readonly fact: string; readonly reason: string }[]
}

/** What the user said of their own pools. */
export interface AskedFacts {
  /** Largest size of a pool. */
  readonly max: number | undefined
  /** Processes that have such a pool. */
  readonly processes: number
}

export interface NetworkFacts {
  readonly isLocal: boolean
  /** Addresses that the name of the host stands for; `undefined` for an address or a Unix socket. */
  readonly addresses: number | undefined
  readonly lookupMs: number | undefined
  /** From the first packet to an open TCP connection. */
  readonly tcpMs: number | undefined
  readonly tlsMs: number | undefined
  /** From then on until the server takes statements: credentials, and the start of its backend. */
  readonly startMs: number
  /** All of it. */
  readonly connectMs: number
  /** Of empty queries. */
  readonly roundTrip: Spread
  /** Of `select 1`. */
  readonly smallQuery: Spread
}

/** How long something took over several samples. */
export interface Spread {
  readonly samples: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
}

export interface TlsFacts {
  readonly isOn: boolean
  /** As in `TLSv1.3`. */
  readonly protocol: string | undefined
  /** Whether the server proved that it is the one that was asked for. */
  readonly isVerified: boolean | undefined
  /** Wall time, ms since 1970. */
  readonly certificateEndsAt: number | undefined
}

export interface ServerFacts {
  /** As `server_version_num`: 180004. */
  readonly version: number
  readonly versionText: string
  readonly role: 'primary' | 'standby'
  readonly isReadOnly: boolean
  readonly uptimeMs: number
  /** Whether the role sees what sessions of other roles do. */
  readonly seesAll: boolean
  readonly isSuperuser: boolean
}

export interface ConnectionFacts {
  readonly max: number
  /** Those that ordinary roles cannot have. */
  readonly reserved: number
  /** `undefined` without the privilege to tell clients from other processes. */
  readonly used: number | undefined
  readonly free: number | undefined
  /** Most that the role, or the database, may have; `undefined` for no limit. */
  readonly roleLimit: number | undefined
  readonly roleUsed: number
  readonly databaseLimit: number | undefined
  readonly databaseUsed: number
  /** The largest first, at most eight. */
  readonly byApplication: readonly {
    readonly application: string
    readonly connections: number
    readonly idle: number | undefined
  }[]
}

export interface ReplicationFacts {
  /** Of a standby. */
  readonly lagMs: number | undefined
  /** Of a primary. */
  readonly standbys: number | undefined
  /** Standbys whose confirmation commits wait for. */
  readonly synchronousStandbys: number | undefined
  /** Whether commits wait for one at all. */
  readonly isSynchronous: boolean
}
