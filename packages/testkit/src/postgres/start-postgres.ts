import { randomBytes } from 'node:crypto'
import { startHostedServer } from './host-process.ts'
import type { ClusterPlan, StopMode } from './host-protocol.ts'
import { preparePostgres } from './postgres-runtime.ts'
import {
  checkPostgresVersion,
  defaultPostgresVersion,
  type PostgresVersion,
  testSettings,
} from './postgres-versions.ts'
import { resumeServer } from './suspend-process.ts'

/** A PostgreSQL server for a test, an example or a bench. */
export interface TestPostgres {
  readonly connectionString: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** False for a server that the environment names: it is not ours, so it is never stopped. */
  readonly embedded: boolean
  /** Embedded servers only. Gone after `stop`. */
  readonly dataDir?: string
  /** Pid of the server's first process; embedded servers only, `undefined` once halted. Changes with `restart`. */
  readonly processId?: number | undefined
  /** Stops and starts the server on the same port and data, also after a crash or kill. Embedded only. */
  restart(mode?: StopMode): Promise<void>
  /** Stops the server and keeps its data and its port, so that `restart` starts it again. @default 'fast' Embedded only. */
  halt(mode?: StopMode): Promise<void>
  /** Stops the server and removes its data. May be called again. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Options of `startPostgres`. They concern embedded servers only. */
export interface StartPostgresOptions {
  /** Major version; asking for one starts an embedded server whatever the environment names. @default 18 */
  readonly version?: PostgresVersion
  /** Server settings over the ones of the testkit, as with `postgres -c name=value`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Files of the data folder by name, such as `server.key`; over what initdb wrote there. */
  readonly files?: Readonly<Record<string, string>>
  /** Gets each line of the server's log. */
  readonly onLog?: (line: string) => void
  /** Gets what a user should know, such as that a copy is run. @default writes to stderr */
  readonly onNotice?: (line: string) => void
  /** Starts an embedded server even if the environment names one. @default true with `version`, else false */
  readonly ignoreEnvironment?: boolean
}

/**
 * A PostgreSQL server: the one that `TEST_DATABASE_URL` or `DATABASE_URL` names unless a version is
 * asked for, else an embedded one of its own, which ends when this process ends, however it ends.
 * @throws {PostgresUnavailableError} when that version of embedded PostgreSQL cannot run here
 * @throws {RangeError} when there is no such version
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<TestPostgres> {
  const url = process.env['TEST_DATABASE_URL'] || process.env['DATABASE_URL']
  const embedded = options.ignoreEnvironment ?? options.version !== undefined
  if (url && !embedded) return externalPostgres(url)
  const version = checkPostgresVersion(options.version ?? defaultPostgresVersion)
  const plan: ClusterPlan = {
    ...(await preparePostgres(version, options.onNotice ?? writeNotice)),
    version,
    user: 'postgres',
    password: randomBytes(12).toString('hex'),
    settings: { ...testSettings(version), ...options.settings },
    ...(options.files && { files: options.files }),
  }
  return startEmbedded(plan, options.onLog)
}

/** Starts the server of `plan` and remembers the plan for its standbys. @internal */
export async function startEmbedded(
  plan: ClusterPlan,
  onLog: ((line: string) => void) | undefined,
): Promise<TestPostgres> {
  const server = await startHostedServer({ kind: 'start-postgres', plan }, onLog)
  const { host, database } = address
  const { user, password } = plan
  const stop = (): Promise<void> => {
    resumeServer(server.processId)
    return server.stop()
  }
  const postgres: TestPostgres = {
    connectionString: `postgresql://${user}:${password}@${host}:${server.port}/${database}`,
    ...address,
    port: server.port,
    user,
    password,
    embedded: true,
    dataDir: server.dataDir,
    get processId() {
      return server.processId
    },
    restart(mode = 'fast') {
      resumeServer(server.processId)
      return server.restart(mode)
    },
    halt(mode = 'fast') {
      resumeServer(server.processId)
      return server.halt(mode)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
  plans.set(postgres, plan)
  return postgres
}

/** The plan of an embedded server of this process. @internal */
export function planOf(postgres: TestPostgres): ClusterPlan | undefined {
  return plans.get(postgres)
}

const plans = new WeakMap<TestPostgres, ClusterPlan>()
const address = { host: '127.0.0.1', database: 'postgres' } as const

function externalPostgres(connectionString: string): TestPostgres {
  const url = new URL(connectionString)
  const user = decodeURIComponent(url.username) || 'postgres'
  const stop = (): Promise<void> => Promise.resolve()
  return {
    connectionString,
    host: url.hostname || '127.0.0.1',
    port: url.port === '' ? 5432 : Number(url.port),
    user,
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    embedded: false,
    restart: () => Promise.reject(new Error('only an embedded server can be restarted')),
    halt: () => Promise.reject(new Error('only an embedded server can be halted')),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function writeNotice(line: string): void {
  process.stderr.write(`${line}\n`)
}
