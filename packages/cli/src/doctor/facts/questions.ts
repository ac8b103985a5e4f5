/** Rows of a list that are asked for: what is shown is bounded on the server already. */
const MOST_ROWS = 8

/** Waiting sessions whose blockers are looked up; each costs the server a look at its whole lock table. */
const MOST_WAITING = 32

const MOST_STATEMENT = 1_024

/** Expressions that each give one JSON value. Names are written out, so that no search_path can replace them. */
export const serverQuestion: string = `pg_catalog.json_build_object(
  'version', pg_catalog.current_setting('server_version_num')::int4,
  'version_text', pg_catalog.current_setting('server_version'),
  'in_recovery', pg_catalog.pg_is_in_recovery(),
  'is_read_only', (select s.reset_val = 'on' from pg_catalog.pg_settings as s
    where s.name = 'default_transaction_read_only'),
  'uptime_ms', pg_catalog.date_part('epoch',
    pg_catalog.clock_timestamp() - pg_catalog.pg_postmaster_start_time()) * 1000,
  'sees_all', pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage'),
  'is_superuser', (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = current_user))`

export function settingsQuestion(names: readonly string[]): string {
  const list = names.map((name) => `'${name}'`).join()
  return `(select pg_catalog.json_object_agg(s.name, pg_catalog.json_build_object(
    'setting', s.setting, 'start', s.reset_val, 'unit', s.unit))
    from pg_catalog.pg_settings as s where s.name in (${list}))`
}

/** Without the privilege, `backend_type` and `state` of others are null: what needs them is null as well. */
export const connectionsQuestion: string = `(with a as materialized (
    select * from pg_catalog.pg_stat_get_activity(null)
    where coalesce(backend_type, 'client backend') = 'client backend' and datid is not null
      and coalesce(application_name, '') <> 'hale doctor'
  ) select pg_catalog.json_build_object(
  'max', pg_catalog.current_setting('max_connections')::int4,
  'reserved', pg_catalog.current_setting('superuser_reserved_connections')::int4
    + coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int4,
  'used', (select pg_catalog.count(*) from pg_catalog.pg_stat_get_activity(null) as b
    where b.backend_type = 'client backend' and b.pid <> pg_catalog.pg_backend_pid()),
  'role_limit', (select r.rolconnlimit from pg_catalog.pg_roles as r where r.rolname = current_user),
  'role_used', (select pg_catalog.count(*) from a
    join pg_catalog.pg_roles as r on r.oid = a.usesysid where r.rolname = current_user),
  'database_limit', d.datconnlimit,
  'database_used', (select pg_catalog.count(*) from a where a.datid = d.oid),
  'by_application', (select coalesce(pg_catalog.json_agg(g), '[]') from (
    select pg_catalog.left(coalesce(a.application_name, ''), 64) as application,
      pg_catalog.count(*) as connections,
      pg_catalog.count(*) filter (where a.state = 'idle') as idle
    from a group by 1 order by 2 desc, 1 limit ${MOST_ROWS}) as g))
  from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())`

const ms = (duration: string): string => `pg_catalog.date_part('epoch', ${duration}) * 1000`
const sinceNow = (instant: string): string => ms(`pg_catalog.clock_timestamp() - ${instant}`)

const view = `a.pid as process_id, pg_catalog.left(coalesce(a.application_name, ''), 64) as application,
  coalesce(a.state, '') as state, ${sinceNow('a.state_change')} as state_ms,
  ${sinceNow('a.xact_start')} as transaction_ms, pg_catalog.age(a.backend_xmin) as xmin_age,
  pg_catalog.left(a.query, ${MOST_STATEMENT}) as statement`

const activity = 'pg_catalog.pg_stat_get_activity(null) as a'

function listOf(rows: string): string {
  return `(select coalesce(pg_catalog.json_agg(g), '[]') from (${rows}) as g)`
}

export const idleInTransactionQuestion: string = listOf(`select ${view} from ${activity}
  where a.state like 'idle in transaction%'
    and a.state_change < pg_catalog.clock_timestamp() - interval '1 second'
  order by a.state_change limit ${MOST_ROWS}`)

export const longTransactionsQuestion: string = listOf(`select ${view} from ${activity}
  where a.backend_type = 'client backend' and a.pid <> pg_catalog.pg_backend_pid()
    and a.xact_start < pg_catalog.clock_timestamp() - interval '1 minute'
  order by a.xact_start limit ${MOST_ROWS}`)

/** Since when one waits is told from 14 on; before, since when its statement runs. */
export function blockedQuestion(version: number): string {
  const waitStart = version >= 140_000 ? 'l.waitstart' : 'null::timestamptz'
  return `(with waiting as materialized (
    select l.pid, pg_catalog.min(${waitStart}) as since from pg_catalog.pg_lock_status() as l
    where not l.granted group by l.pid order by 2, 1 limit ${MOST_WAITING}
  ), blocked as materialized (
    select ${view}, ${sinceNow('coalesce(w.since, a.query_start)')} as waiting_ms,
      pg_catalog.pg_blocking_pids(a.pid) as blockers
    from waiting as w join ${activity} on a.pid = w.pid
  ), longest as materialized (
    select * from blocked where pg_catalog.cardinality(blockers) > 0
    order by waiting_ms desc nulls last limit ${MOST_ROWS}
  ) select coalesce(pg_catalog.json_agg(g), '[]') from (
    select b.*, (select coalesce(pg_catalog.json_agg(h), '[]') from (
      select ${view} from ${activity} where a.pid = any(b.blockers) limit ${MOST_ROWS}) as h) as holders
    from longest as b) as g)`
}

export const preparedQuestion: string = `(select pg_catalog.json_build_object('count', pg_catalog.count(*),
  'oldest_ms', ${sinceNow('pg_catalog.min(p.prepared)')}) from pg_catalog.pg_prepared_xacts as p)`

/** With nothing left to replay a standby lags by nothing, as long as it is being fed. */
export const lagQuestion: string = `case when pg_catalog.pg_is_in_recovery() then pg_catalog.json_build_object('lag_ms', case
  when pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn()
    and (select w.pid from pg_catalog.pg_stat_get_wal_receiver() as w) is not null then 0
  else ${sinceNow('pg_catalog.pg_last_xact_replay_timestamp()')} end) end`

export const standbysQuestion: string = `case when not pg_catalog.pg_is_in_recovery() then (
  select pg_catalog.json_build_object('count', pg_catalog.count(*),
    'synchronous', pg_catalog.count(*) filter (where r.sync_state in ('sync', 'quorum')),
    'is_synchronous', pg_catalog.current_setting('synchronous_standby_names') <> '')
  from pg_catalog.pg_stat_replication as r) end`
