import type { SentinelQuestion, TextRow } from './session.ts'

/** One thing that the server is asked about itself. */
export interface FactPart {
  /** How it is named in `snapshot().server.limits` where it cannot be seen. */
  readonly fact: string
  /** `server_version_num` from which on, and below which, this is how to ask. */
  readonly since?: number
  readonly below?: number
  /** Whether it takes the privilege to see what sessions of other roles do: without it, it would be a guess. */
  readonly needsStatistics?: true
  /** A subquery that gives one JSON value. */
  readonly sql: string
}

/** What the server said of itself, part by part; a part that it refused, or that it has not, is missing. */
export interface ServerFacts {
  readonly role?: { readonly in_recovery: boolean }
  readonly identity?: { readonly system: string; readonly timeline: number }
  readonly connections?: {
    readonly max: number
    readonly superuser: number
    readonly reserved: number
    readonly used: number
  }
  readonly database?: {
    readonly deadlocks: number
    readonly conflicts: number
    readonly temp_bytes: number
    readonly reset: string | null
  }
  readonly checkpoints?: { readonly timed: number; readonly requested: number }
  /** Of a standby. */
  readonly replay?: { readonly lag_ms: number | null }
  /** Of a primary. */
  readonly standbys?: { readonly count: number; readonly lag_ms: number | null }
  /** Active backends by what they wait for; `CPU` for those that do not. */
  readonly waits?: Readonly<Record<string, number>>
  /** Bytes in temporary files by pid. */
  readonly temporary?: Readonly<Record<string, number>>
}

export type FactName = keyof ServerFacts

/** In the order of what others build on. Each may be refused by a version, a platform or a privilege. */
export const factParts: Readonly<Record<FactName, readonly FactPart[]>> = {
  role: [
    {
      fact: 'role',
      sql: `select pg_catalog.json_build_object('in_recovery', pg_catalog.pg_is_in_recovery())`,
    },
  ],
  identity: [
    {
      fact: 'identity',
      sql: `select pg_catalog.json_build_object(
        'system', s.system_identifier::text, 'timeline', c.timeline_id)
        from pg_catalog.pg_control_system() as s, pg_catalog.pg_control_checkpoint() as c`,
    },
  ],
  connections: [
    {
      fact: 'connection headroom',
      needsStatistics: true,
      sql: `select pg_catalog.json_build_object(
        'max', pg_catalog.current_setting('max_connections')::int4,
        'superuser', pg_catalog.current_setting('superuser_reserved_connections')::int4,
        'reserved', coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int4,
        'used', (select pg_catalog.count(*) from pg_catalog.pg_stat_get_activity(null) as a
          where a.backend_type = 'client backend'))`,
    },
  ],
  database: [
    {
      fact: 'deadlocks and conflicts',
      sql: `select pg_catalog.json_build_object('deadlocks', d.deadlocks, 'conflicts', d.conflicts,
        'temp_bytes', d.temp_bytes, 'reset', d.stats_reset)
        from pg_catalog.pg_stat_database as d where d.datname = pg_catalog.current_database()`,
    },
  ],
  checkpoints: [
    {
      fact: 'checkpoints',
      since: 170_000,
      sql: `select pg_catalog.json_build_object('timed', c.num_timed, 'requested', c.num_requested)
        from pg_catalog.pg_stat_checkpointer as c`,
    },
    {
      fact: 'checkpoints',
      below: 170_000,
      sql: `select pg_catalog.json_build_object('timed', c.checkpoints_timed, 'requested', c.checkpoints_req)
        from pg_catalog.pg_stat_bgwriter as c`,
    },
  ],
  replay: [
    {
      fact: 'replication lag of a standby',
      // with nothing left to replay it lags by nothing, however old its latest transaction is; but only
      // for as long as it is being fed, as there may be more that it was not sent
      sql: `select case when pg_catalog.pg_is_in_recovery() then pg_catalog.json_build_object(
        'lag_ms', case
          when pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn()
            and (select w.pid from pg_catalog.pg_stat_get_wal_receiver() as w) is not null then 0
          else pg_catalog.date_part('epoch',
            pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) * 1000 end) end`,
    },
  ],
  standbys: [
    {
      fact: 'replication lag of the standbys',
      needsStatistics: true,
      sql: `select case when not pg_catalog.pg_is_in_recovery() then (
        select pg_catalog.json_build_object('count', pg_catalog.count(*),
          'lag_ms', pg_catalog.max(pg_catalog.date_part('epoch', r.replay_lag)) * 1000)
        from pg_catalog.pg_stat_replication as r) end`,
    },
  ],
  waits: [
    {
      fact: 'what backends wait for',
      needsStatistics: true,
      sql: `select coalesce(pg_catalog.json_object_agg(w.type, w.count), '{}') from (
        select coalesce(a.wait_event_type, 'CPU') as type, pg_catalog.count(*) as count
        from pg_catalog.pg_stat_get_activity(null) as a
        where a.state = 'active' and a.pid <> pg_catalog.pg_backend_pid() group by 1) as w`,
    },
  ],
  temporary: [
    {
      fact: 'temporary files',
      needsStatistics: true,
      sql: `select pg_catalog.json_object_agg(t.pid, t.bytes) from (
        select pg_catalog.substring(f.name, '^pgsql_tmp([0-9]+)[.]') as pid,
          pg_catalog.sum(f.size) as bytes
        from pg_catalog.pg_ls_tmpdir() as f group by 1) as t where t.pid is not null`,
    },
  ],
}

/** How this version is asked for a fact. */
export function partFor(name: FactName, version: number): FactPart | undefined {
  return factParts[name].find(
    ({ since = 0, below = Number.POSITIVE_INFINITY }) => version >= since && version < below,
  )
}

/** One round trip for all of these facts. With a name the server keeps the plan. */
export function factsQuestion(
  parts: ReadonlyMap<FactName, FactPart>,
  name?: string,
): SentinelQuestion {
  const columns = [...parts].map(([fact, { sql }]) => `(${sql}) as "${fact}"`)
  const text = `select ${columns.join(',\n')}`
  return name === undefined ? { text } : { name, text }
}

export function readFacts(rows: readonly TextRow[]): ServerFacts {
  const facts: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(rows[0] ?? {})) {
    if (text !== null) facts[name] = JSON.parse(text)
  }
  return facts
}
