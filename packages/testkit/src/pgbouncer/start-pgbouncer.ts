import { startHostedServer } from '../postgres/host-process.ts'
import type { PgBouncerPlan, StopMode } from '../postgres/host-protocol.ts'
import { chooseServerIdentity } from '../postgres/postgres-runtime.ts'
import type { TestPostgres } from '../postgres/start-postgres.ts'
import { resumeServer } from '../postgres/suspend-process.ts'
import { locatePgBouncer, whyNoPgBouncer } from './locate-pgbouncer.ts'

/** When PgBouncer gives a server's connection to the next client. */
export type PgBouncerPoolMode = PgBouncerPlan['poolMode']

/** Options of `startPgBouncer`. */
export interface StartPgBouncerOptions {
  readonly poolMode: PgBouncerPoolMode
  /** Settings of the section `[pgbouncer]` over the ones of the testkit, such as `default_pool_size`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Gets each line of its log. */
  readonly onLog?: (line: string) => void
}

/** A PgBouncer in front of a test server: any database of it, its user and password. */
export interface TestPgBouncer {
  readonly connectionString: string
  readonly host: string
  readonly port: number
  /** Changes with `restart`. */
  readonly processId: number | undefined
  /** Holds its configuration and its user list. Gone after `stop`. */
  readonly folder: string
  /** Stops it, with its connections both ways, and starts it on the same port, also after a kill. */
  restart(mode?: StopMode): Promise<void>
  /** Stops it and removes its folder. May be called again. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * The PgBouncer of this machine in front of `server`, as a default install is but for a free port
 * and the server's user as an administrator. Ends when this process ends, however it ends.
 * @throws {Error} where PgBouncer is not installed; ask `isPgBouncerInstalled` before
 */
export async function startPgBouncer(
  server: TestPostgres,
  options: StartPgBouncerOptions,
): Promise<TestPgBouncer> {
  const program = locatePgBouncer()
  if (program === undefined) throw new Error(whyNoPgBouncer())
  const { host, port, user, password } = server
  const plan: PgBouncerPlan = {
    ...(await chooseServerIdentity()),
    program,
    poolMode: options.poolMode,
    settings: options.settings ?? {},
    upstream: { host, port, user, password },
  }
  const hosted = await startHostedServer({ kind: 'start-pgbouncer', plan }, options.onLog)
  const url = new URL(server.connectionString)
  url.host = `127.0.0.1:${hosted.port}`
  const stop = (): Promise<void> => {
    resumeServer(hosted.processId)
    return hosted.stop()
  }
  return {
    connectionString: url.href,
    host: '127.0.0.1',
    port: hosted.port,
    get processId() {
      return hosted.processId
    },
    folder: hosted.dataDir,
    restart(mode = 'fast') {
      resumeServer(hosted.processId)
      return hosted.restart(mode)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
