import type pg from 'pg'
import type { ContenderName } from '../contenders/contender.ts'

/** A database user with a schema of its own. */
export interface Account {
  readonly user: string
  readonly connectionString: string
}

/** What each contender finds: something to read, something whose type can change, and where to write. */
const tables = `
  create table things (id int primary key, note text not null);
  insert into things select n, 'thing ' || n from generate_series(0, 99) n;
  create table planned (id int, note varchar(20));
  insert into planned values (1, 'one');
  create table writes (id bigint generated always as identity, tag text not null);
  create table slow_commits (tag text);
  create function take_a_second() returns trigger language plpgsql as
    $$ begin perform pg_sleep(1); return null; end $$;
  create constraint trigger slow after insert on slow_commits
    deferrable initially deferred for each row execute function take_a_second();`

/** Makes the account of a contender anew; nobody else's fault can reach its rows. */
export async function createAccount(
  admin: pg.Pool,
  name: ContenderName,
  connectionString: string,
): Promise<Account> {
  const user = `bench_${name.replaceAll('-', '_')}`
  const password = 'contender'
  await admin.query(`drop schema if exists ${user} cascade`)
  await admin.query(`drop role if exists ${user}`)
  await admin.query(`create role ${user} login password '${password}'`)
  await admin.query(`alter role ${user} set search_path = ${user}`)
  await admin.query(`create schema ${user} authorization ${user}`)
  await admin.query(
    `set role ${user}; set search_path = ${user}; ${tables}; reset role; reset search_path`,
  )
  const url = new URL(connectionString)
  url.username = user
  url.password = password
  return { user, connectionString: url.href }
}

const tagPattern = /insert into writes \(tag\) values \('([^']+)'\)/

/** Counts the text of a tagged write. */
export function countSends(sends: Map<string, number>, text: string): void {
  const tag = tagPattern.exec(text)?.[1]
  if (tag !== undefined) sends.set(tag, (sends.get(tag) ?? 0) + 1)
}

/** How many rows each tag has. */
export async function readWrites(
  admin: pg.Pool,
  { user }: Account,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await admin.query<{ tag: string; count: number }>(
    `select tag, count(*)::int as count from ${user}.writes group by tag`,
  )
  return new Map(rows.map(({ tag, count }) => [tag, count]))
}
