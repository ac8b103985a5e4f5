import {
  startPgBouncer,
  startPostgres,
  startStandby,
  type TestPgBouncer,
  type TestPostgres,
  type TestStandby,
} from '@hale/testkit'
import pg from 'pg'
import type { ContenderName } from '../contenders/contender.ts'
import { createAccount, readWrites } from './account.ts'
import { ContenderRun } from './contender-run.ts'

/** What stands beside or before the server. */
export type Surroundings = 'pgbouncer' | 'standby'

/** The servers that all contenders of a cell share, and an administrator on them. */
export interface Stage extends AsyncDisposable {
  readonly server: TestPostgres
  readonly standby: TestStandby | undefined
  readonly pgbouncer: TestPgBouncer | undefined
  admin: pg.Pool
  /** Where the rows are in the end: the standby, once it was promoted. */
  current: TestPostgres
}

const settings = { max_connections: '300', superuser_reserved_connections: '20' }

/** Starts what a fault needs. PgBouncer has to be installed for the ones that want it. */
export async function openStage(surroundings: Surroundings | undefined): Promise<Stage> {
  const server = await startPostgres({ ignoreEnvironment: true, settings })
  const standby = surroundings === 'standby' ? await startStandby(server) : undefined
  const pgbouncer =
    surroundings === 'pgbouncer'
      ? await startPgBouncer(server, {
          poolMode: 'session',
          settings: {
            auth_user: server.user, // each contender has an account of its own, made on the fly
            auth_query: 'select usename, passwd from pg_shadow where usename = $1',
            max_client_conn: '500',
            default_pool_size: '50',
            ignore_startup_parameters: 'statement_timeout,idle_in_transaction_session_timeout',
          },
        })
      : undefined
  const stage: Stage = {
    server,
    standby,
    pgbouncer,
    admin: createAdmin(server),
    current: server,
    async [Symbol.asyncDispose]() {
      await stage.admin.end().catch(() => {})
      await pgbouncer?.stop()
      await standby?.stop()
      await server.stop()
    },
  }
  return stage
}

/** An administrator's sessions on a server; a lost one is no failure of the bench. */
function createAdmin({ connectionString }: TestPostgres): pg.Pool {
  const admin = new pg.Pool({ connectionString, max: 4 })
  admin.on('error', () => {})
  return admin
}

/** The administrator on the server that counts now, connected anew after an outage. */
export async function reconnectAdmin(stage: Stage): Promise<void> {
  await stage.admin.end().catch(() => {})
  stage.admin = createAdmin(stage.current)
}

/** A contender with a fresh account and a proxy of its own, not yet started. */
export async function prepareRun(stage: Stage, name: ContenderName): Promise<ContenderRun> {
  const { server, pgbouncer = server } = stage
  const account = await createAccount(stage.admin, name, server.connectionString)
  return ContenderRun.create(name, account, pgbouncer)
}

/** How many rows each tag of a contender has, on the server that counts now. */
export async function auditOf(
  stage: Stage,
  run: ContenderRun,
): Promise<ReadonlyMap<string, number>> {
  return readWrites(stage.admin, run.account)
}
