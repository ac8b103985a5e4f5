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
  /** When its backend began, of whom was asked; its open transaction; and its statement, if it is active. */
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
  /** Whether to look at locks as well, and at who waits for whom, which takes the server twice as long. */
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
  const values = [`{${pids.join()}}`, `{${told.join()}}`]
  if (!withLocks) return { name: 'hale sentinel: activity', text: activityText, values }
  const text = version >= 140_000 ? locksTextSince14 : locksTextBefore14
  return { name: 'hale sentinel: activity and locks', text, values }
}

/** `areLocksKnown`: whether that is what was asked for. */
export function readActivity(rows: readonly TextRow[], areLocksKnown: boolean): Activity {
  const backends = new Map<number, BackendActivity>()
  let at = 0
  let tookMs = 0
  for (const row of rows) {
    if (row['pid'] === null) {
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
  const { wait_type: type, wait } = row
  const transactionAt = number(row['transaction_at'])
  return {
    pid: Number(row['pid']),
    state: row['state'] ?? undefined,
    stateAt: number(row['state_at']),
    application: row['application'] || undefined,
    statement: row['statement'] ?? undefined,
    waitEvent: wait === null || wait === undefined ? undefined : `${type}:${wait}`,
    startedAt: number(row['started_at']),
    transactionAt,
    statementAt:
      number(row['statement_at']) ?? (row['state'] === 'active' ? transactionAt : undefined),
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

/** Instants as ms since the epoch. */
function ms(instant: string): string {
  return `pg_catalog.date_part('epoch', ${instant}) * 1000`
}

const took = ms('pg_catalog.clock_timestamp() - pg_catalog.statement_timestamp()')
/** What is dear to tell is told only where it says something: turning an instant into ms takes most of the time. */
const columns = `s.pid, s.state, s.wait_event_type as wait_type, s.wait_event as wait,
  case when s.pid = any($2::int4[]) then ${ms('s.backend_start')} end as started_at,
  ${ms('s.xact_start')} as transaction_at,
  case when s.state = 'active' and s.query_start <> s.xact_start then ${ms('s.query_start')} end
    as statement_at,
  pg_catalog.age(s.backend_xmin) as xmin_age,
  case when s.pid = any($2::int4[]) then ${ms('s.state_change')} end as state_at`

/** Ours, as far as they do anything or are asked for, and whoever is seen to wait for a lock. */
const activityText = `select ${columns}, null::float8 as took_ms
from pg_catalog.pg_stat_get_activity(null) as s
left join pg_catalog.unnest($1::int4[]) as o(pid) on o.pid = s.pid
where (o.pid is not null and s.state <> 'idle') or s.wait_event_type = 'Lock'
  or s.pid = any($2::int4[])
union all
select null, null, null, null, ${ms('pg_catalog.clock_timestamp()')}, null, null, null, null, ${took}`

const locksTextSince14 = locksText('l.waitstart')
const locksTextBefore14 = locksText('null::timestamptz')

/** The same, with locks, and with everybody who waits for one or is waited for. */
function locksText(waitStart: string): string {
  return `with
asked as materialized (select o.pid from pg_catalog.unnest($1::int4[]) as o(pid)),
present as materialized (select pg_catalog.clock_timestamp() as at),
seen as materialized (
  select a.pid, a.state, a.application_name, a.query, a.wait_event_type, a.wait_event, a.xact_start,
    a.query_start, a.state_change, a.backend_start, a.backend_xmin, o.pid is not null as is_ours
  from pg_catalog.pg_stat_get_activity(null) as a left join asked as o on o.pid = a.pid
),
locks as materialized (
  select l.pid, l.granted, ${waitStart} as since
  from pg_catalog.pg_lock_status() as l
  where not (l.granted and l.locktype = 'virtualxid') -- every transaction has its own
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
select ${columns}, s.application_name as application,
  case when i.pid is not null and s.state is not null then pg_catalog.left(s.query, 1024) end as statement,
  ${ms('w.since')} as waiting_at, w.blockers, h.locks, null::float8 as took_ms
from seen as s
left join waiting as w on w.pid = s.pid
left join involved as i on i.pid = s.pid
left join held as h on h.pid = s.pid
where (s.is_ours and (s.state <> 'idle' or h.pid is not null))
  or s.pid = any($2::int4[]) or i.pid is not null
union all
select null, null, null, null, ${ms('n.at')}, null, null, null, null, null, null, null, null, null, ${took}
from present as n`
}
