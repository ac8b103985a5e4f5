import pg from 'pg'
import {
  planOf,
  type StartPostgresOptions,
  startEmbedded,
  type TestPostgres,
} from './start-postgres.ts'

/** A hot standby: it follows its primary and refuses to write until it is promoted. */
export interface TestStandby extends TestPostgres {
  /** Makes it a primary. Resolves once it accepts writes. */
  promote(): Promise<void>
}

/**
 * A hot standby of an embedded server of this process, fed by streaming replication. Same user and
 * password as the primary.
 */
export async function startStandby(
  primary: TestPostgres,
  options: Pick<StartPostgresOptions, 'onLog' | 'settings'> = {},
): Promise<TestStandby> {
  const plan = planOf(primary)
  if (plan === undefined || primary.dataDir === undefined) {
    throw new Error('a standby needs an embedded primary that this process started')
  }
  const { dataDir, host, password, port, user } = primary
  const settings = { ...plan.settings, ...options.settings }
  const standbyOf = { host, port, user, password, dataDir }
  const standby = await startEmbedded({ ...plan, settings, standbyOf }, options.onLog)
  return Object.assign(standby, { promote: () => promote(standby) })
}

async function promote(standby: TestPostgres): Promise<void> {
  const client = new pg.Client({ connectionString: standby.connectionString })
  client.on('error', () => {}) // the query in flight reports it too
  await client.connect()
  try {
    const { rows } = await client.query<{ promoted: boolean }>(
      'select pg_promote(true, 30) as promoted',
    )
    if (rows[0]?.promoted !== true) throw new Error('the standby was not promoted within 30 s')
  } finally {
    await client.end()
  }
}
