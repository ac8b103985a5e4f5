import type { SentinelSession } from './session.ts'

/** What a server says of itself when a session begins. */
export interface Greeting {
  /** Whether a pooler stands in between: the backend is not the one that the session was told of. */
  readonly isPooled: boolean
  readonly backendPid: number
  /** As `server_version_num`: 180004. */
  readonly version: number
  /** As in `18.4`, in the server's own words. */
  readonly versionText: string
  /** When the server began, to the microsecond: no two have the same, so it tells one from another. */
  readonly startedAt: string
  readonly uptimeMs: number
  readonly inHotStandby: boolean
  /** Whether the role sees what sessions of other roles do. */
  readonly seesAll: boolean
}

const greetingText = `select pg_catalog.pg_backend_pid() as pid,
  pg_catalog.current_setting('server_version_num') as version,
  pg_catalog.current_setting('server_version') as version_text,
  pg_catalog.pg_is_in_recovery() as in_recovery,
  pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) as started_at,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.pg_postmaster_start_time()) * 1000
    as uptime_ms,
  pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_all`

/** Asks in one statement that touches no state of the session, because a pooler may lend it to others. */
export async function greet(session: SentinelSession): Promise<Greeting> {
  const [row = {}] = await session.ask({ text: greetingText })
  const backendPid = Number(row['pid'])
  return {
    isPooled: backendPid !== session.client.processID,
    backendPid,
    version: Number(row['version']),
    versionText: row['version_text'] ?? '',
    inHotStandby: row['in_recovery'] === 't',
    startedAt: row['started_at'] ?? '',
    uptimeMs: Number(row['uptime_ms']),
    seesAll: row['sees_all'] === 't',
  }
}

/**
 * Makes a session ours that nobody else will ever get: bounded, and deaf to what the application's role or
 * database is set to. No `search_path` can put other functions in the place of the server's own.
 */
export async function settleIn(
  session: SentinelSession,
  { version }: Greeting,
  timeoutMs: number,
): Promise<void> {
  // sooner than we give up: a refusal says that the server lives, and the session goes on
  const boundMs = `${Math.ceil(timeoutMs / 2)}`
  const settings: Readonly<Record<string, string>> = {
    statement_timeout: boundMs,
    lock_timeout: boundMs,
    search_path: 'pg_catalog',
    default_transaction_isolation: 'read committed',
    jit: 'off',
    plan_cache_mode: 'force_generic_plan', // planning would take longer than looking
    ...(version >= 140_000 && { idle_session_timeout: '0' }),
    ...(version >= 170_000 && { transaction_timeout: '0' }),
  }
  const calls = Object.entries(settings).map(
    ([name, value]) => `pg_catalog.set_config('${name}', '${value}', false)`,
  )
  await session.ask({ text: `select ${calls.join(', ')}` })
}
