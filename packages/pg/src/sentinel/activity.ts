import type { SentinelQuestion, TextRow } from './session.ts'

/** What the server says of one backend at an instant. */
export interface BackendActivity {
  /** 0 for a prepared transaction, which has locks and no backend. */
  readonly pid: number
  /** PostgreSQL's own word; `undefined` where we may not see it. */
  readonly state: string | undefined
  /** Since when it has been in that state: ms on the server's clock, as all instants here. Of whom was asked. */
  readonly stateAt: number | undefined
  readonly application: string | undefined
  /**
   * As it was sent, cut to 1,024 characters; told only of those who wait for locks or are waited for, and
   * only where we may see it.
   */
  readonly statement: string | undefined
  /** As in `Lock:transactionid`. */
  readonly waitEvent: string | undefined
  /** When its backend, its open transaction and its latest statement began. */
  readonly startedAt: number | undefined
  readonly transactionAt: number | undefined
  readonly statementAt: number | undefined
  /** Transactions since its snapshot. */
  readonly xminAge: number | undefined
  /** Since when it has waited for a lock; `undefined` before PostgreSQL 14, and if it does not wait. */
  readonly waitingAt: number | undefined
  readonly blockers: readonly number[]
  /** `undefined` where locks were not looked at. */
  readonly locksHeld: number | undefined
}

export interface Activity {
  /** The pool's own backends that do anything, whoever was asked for, and whoever waits for whom. */
  readonly backends: ReadonlyMap<number, BackendActivity>
  readonly areLocksKnown: boolean
  /** When the server looked: ms on its own clock. */
  readonly at: number
  /** What the server took to find out. */
  readonly tookMs: number
}

export interface ActivityRequest {
  /** The pool's own backends. */
  readonly pids: readonly number[]
  /** Of these, the ones to be told of even while they are idle. */
  readonly told: readonly number[]
  /** Whether to look at locks even if nobody is seen to wait for one. */
  readonly withLocks: boolean
}

/** Waits below this, ms, are the ordinary course of things. */
const lastingMs = 500

/** Waiting backends that are looked at; each costs the server a look at its whole lock table. */
const maxWaiting = 32

/**
 * One round trip for all: the server's own view of its backends, joined with what we ask for. Names are
 * written out, so that no search_path can put others in their place.
 */
export function activityQuestion(version: number, request: ActivityRequest): SentinelQuestion {
  const { pids, told, withLocks } = request
  return {
    name: 'hale sentinel: activity',
    text: version >= 140_000 ? textSince14 : textBefore14,
    values: [`{${pids.join()}}`, `{${told.join()}}`, withLocks],
  }
}

export function readActivity(rows: readonly TextRow[]): Activity {
  const backends = new Map<number, BackendActivity>()
  let areLocksKnown = false
  let at = 0
  let tookMs = 0
  for (const row of rows) {
    if (row['took_ms'] !== null && row['took_ms'] !== undefined) {
      areLocksKnown = row['locks'] !== null
      at = Number(row['started_at'])
      tookMs = Number(row['took_ms'])
    } else {
      const backend = readBackend(row)
      backends.set(backend.pid, backend)
    }
  }
  return { backends, areLocksKnown, at, tookMs }
}

function readBackend(row: TextRow): BackendActivity {
  return {
    pid: Number(row['pid']),
    state: row['state'] ?? undefined,
    stateAt: number(row['state_at']),
    application: row['application'] || undefined,
    statement: row['statement'] ?? undefined,
    waitEvent: row['wait'] ?? undefined,
    startedAt: number(row['started_at']),
    transactionAt: number(row['transaction_at']),
    statementAt: number(row['statement_at']),
    xminAge: number(row['xmin_age']),
    waitingAt: number(row['waiting_at']),
    blockers: numbers(row['blockers']),
    locksHeld: number(row['locks']),
  }
}

function number(text: string | null | undefined): number | undefined {
  return text === null || text === undefined ? undefined : Number(text)
}

/** An array as PostgreSQL writes it: `{1,2}`. Parallel workers have one of them named more than once. */
function numbers(text: string | null | undefined): readonly number[] {
  if (text === null || text === undefined || text === '{}') return []
  return [...new Set(text.slice(1, -1).split(',').map(Number))]
}

const textSince14 = activityText('l.waitstart')
const textBefore14 = activityText('null::timestamptz')

function activityText(waitStart: string): string {
  const ms = (instant: string): string => `pg_catalog.date_part('epoch', ${instant}) * 1000`
  return `with
asked as materialized (select o.pid from pg_catalog.unnest($1::int4[]) as o(pid)),
present as materialized (select pg_catalog.clock_timestamp() as at),
seen as materialized (
  select a.pid, a.state, a.application_name, a.query, a.wait_event_type, a.wait_event, a.xact_start,
    a.query_start, a.state_change, a.backend_start, a.backend_xmin, o.pid is not null as is_ours
  from pg_catalog.pg_stat_get_activity(null) as a left join asked as o on o.pid = a.pid
),
gate as materialized (
  select $3::bool or exists (select from seen as s where s.wait_event_type = 'Lock') as is_open
),
locks as materialized (
  select l.pid, l.granted, ${waitStart} as since
  from pg_catalog.pg_lock_status() as l
  where (select g.is_open from gate as g)
    and not (l.granted and l.locktype = 'virtualxid') -- every transaction has its own
),
held as (select l.pid, pg_catalog.count(*) as locks from locks as l where l.granted group by l.pid),
waiting as materialized (
  select w.pid, w.since, pg_catalog.pg_blocking_pids(w.pid) as blockers
  from (
    select l.pid, pg_catalog.min(l.since) as since from locks as l where not l.granted
    group by l.pid order by 2 limit ${maxWaiting}
  ) as w, present as n
  where w.since is null or w.since < n.at - interval '${lastingMs} ms'
),
involved as (
  select w.pid from waiting as w union select pg_catalog.unnest(w.blockers) from waiting as w
)
select s.pid, s.state, s.application_name as application,
  case when i.pid is not null and s.state is not null then pg_catalog.left(s.query, 1024) end as statement,
  case when s.wait_event is not null then s.wait_event_type || ':' || s.wait_event end as wait,
  ${ms('s.backend_start')} as started_at, ${ms('s.xact_start')} as transaction_at,
  ${ms('s.query_start')} as statement_at, pg_catalog.age(s.backend_xmin) as xmin_age,
  ${ms('w.since')} as waiting_at, w.blockers, h.locks,
  case when s.pid = any($2::int4[]) then ${ms('s.state_change')} end as state_at,
  null::float8 as took_ms
from seen as s
left join waiting as w on w.pid = s.pid
left join involved as i on i.pid = s.pid
left join held as h on h.pid = s.pid
where (s.is_ours and (s.state <> 'idle' or h.pid is not null))
  or s.pid = any($2::int4[]) or i.pid is not null
union all
select null, null, null, null, null, ${ms('n.at')}, null, null, null, null,
  null, (select 1 from gate as g where g.is_open), null,
  ${ms('pg_catalog.clock_timestamp() - pg_catalog.statement_timestamp()')}
from present as n`
}
