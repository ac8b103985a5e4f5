import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { findAccessBarrier } from './access-barrier.ts'
import { startHostedServer } from './host-process.ts'
import type { ClusterPlan, StopMode } from './host-protocol.ts'
import { locateBinaries } from './locate-binaries.ts'
import { choosePostgresAccount, type PostgresAccount } from './postgres-account.ts'
import { PostgresUnavailableError } from './postgres-unavailable-error.ts'
import { ensureRunnable } from './runnable-binaries.ts'

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
  /** Pid of the server's first process; embedded servers only. Changes with `restart`. */
  readonly processId?: number
  /** Stops and starts the server on the same port and data, also after a crash or kill. Embedded only. */
  restart(mode?: StopMode): Promise<void>
  /** Stops the server and removes its data. May be called again. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Options of `startPostgres`. Those but `ignoreEnvironment` concern embedded servers only. */
export interface StartPostgresOptions {
  /** Server settings over the ones of the testkit, as with `postgres -c name=value`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Files of the data folder by name, such as `server.key`; over what initdb wrote there. */
  readonly files?: Readonly<Record<string, string>>
  /** Gets each line of the server's log. */
  readonly onLog?: (line: string) => void
  /** Gets what a user should know, such as that a copy is run. @default writes to stderr */
  readonly onNotice?: (line: string) => void
  /** Starts an embedded server even if the environment names one. @default false */
  readonly ignoreEnvironment?: boolean
}

/**
 * A PostgreSQL server: the one that `TEST_DATABASE_URL` or `DATABASE_URL` names, else an embedded
 * one of its own, which ends when this process ends, however it ends.
 * @throws {PostgresUnavailableError} when embedded PostgreSQL cannot run here
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<TestPostgres> {
  const url = process.env['TEST_DATABASE_URL'] || process.env['DATABASE_URL']
  if (url && options.ignoreEnvironment !== true) return externalPostgres(url)
  const plan: ClusterPlan = {
    ...(await prepareRuntime(options.onNotice ?? writeNotice)),
    user: 'postgres',
    password: randomBytes(12).toString('hex'),
    settings: { ...testSettings, ...options.settings },
    ...(options.files && { files: options.files }),
  }
  return startEmbedded(plan, options.onLog)
}

/** Starts the server of `plan` and remembers the plan for its standbys. @internal */
export async function startEmbedded(
  plan: ClusterPlan,
  onLog: ((line: string) => void) | undefined,
): Promise<TestPostgres> {
  const server = await startHostedServer(plan, onLog)
  const { host, database } = address
  const { user, password } = plan
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
    restart: (mode = 'fast') => server.restart(mode),
    stop: () => server.stop(),
    [Symbol.asyncDispose]: () => server.stop(),
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

const testSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // nothing of ours outside of the data folder
  max_connections: '200',
  shared_buffers: '16MB',
  fsync: 'off', // the data dies with the test
  io_method: 'sync', // no I/O worker processes
  wal_keep_size: '256MB', // what a new standby needs is still there
  log_destination: 'stderr',
  logging_collector: 'off',
}

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
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

type Runtime = Pick<ClusterPlan, 'account' | 'nativeDir' | 'tempRoot'>
let runtime: Promise<Runtime> | undefined

/** Found once per process, so that a notice is given once. */
function prepareRuntime(onNotice: (line: string) => void): Promise<Runtime> {
  runtime ??= findRuntime(onNotice).catch((error: unknown) => {
    runtime = undefined
    throw error
  })
  return runtime
}

async function findRuntime(onNotice: (line: string) => void): Promise<Runtime> {
  const binaries = locateBinaries()
  const account = await choosePostgresAccount()
  if (account === undefined) return { nativeDir: binaries.nativeDir, tempRoot: tmpdir() }
  const tempRoot = chooseTempRoot(account)
  const copyAllowed = process.env['HALE_POSTGRES_COPY'] !== '0'
  const nativeDir = await ensureRunnable(binaries, {
    account,
    copyAllowed,
    copyRoot: tempRoot,
    onNotice,
  })
  return { account, nativeDir, tempRoot }
}

/** The temporary folder, or the system's own when the account may not enter the one set. */
function chooseTempRoot(account: PostgresAccount): string {
  const usable = [tmpdir(), '/tmp'].find(
    (folder) => findAccessBarrier(folder, 'execute', account) === undefined,
  )
  if (usable !== undefined) return usable
  throw new PostgresUnavailableError(
    `user "${account.name}" may enter neither ${tmpdir()} nor /tmp; set TMPDIR to a folder that it may enter, or set DATABASE_URL`,
  )
}

function writeNotice(line: string): void {
  process.stderr.write(`${line}\n`)
}
