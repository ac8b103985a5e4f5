import type { TestPostgres } from '@hale/testkit'
import pg from 'pg'
import { type DatabaseState, openingBalance, type Transfer } from './history.ts'

/** Few enough that transfers meet. */
export const accountCount = 8

/** Without keys on tags: what is written twice must show as a second row, not as an error. */
const tables = `
  drop table if exists entry, transfer, account;
  create table entry (tag text not null);
  create table transfer (tag text not null, source int not null, target int not null, amount int not null);
  create table account (id int primary key, balance bigint not null);
  insert into account select id, ${openingBalance} from generate_series(1, ${accountCount}) id;
`

export async function createLedger(server: TestPostgres): Promise<void> {
  await withAdmin(server, (admin) => admin.query(tables))
}

/** A session beside the pool for as long as `use` takes. */
export async function withAdmin<Result>(
  server: TestPostgres,
  use: (admin: pg.Client) => Promise<Result>,
): Promise<Result> {
  const { connectionString } = server
  const admin = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 })
  admin.on('error', () => {}) // its server may be restarted meanwhile
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.end().catch(() => {})
  }
}

/** Writes one row with its tag, and answers with it. */
export function insertText(tag: string): string {
  return `insert into entry (tag) values ('${tag}') returning tag`
}

/** Answers with its own tag. */
export function echoText(tag: string): string {
  return `select '${tag}' as tag`
}

/** The statements of a transfer, to be sent in one transaction; only the last leaves a row with its tag. */
export function transferTexts(tags: readonly [string, string, string], transfer: Move): string[] {
  const { source, target, amount } = transfer
  const [first, second, third] = tags
  return [
    `update account set balance = balance - ${amount} where id = ${source} /* ${first} */`,
    `update account set balance = balance + ${amount} where id = ${target} /* ${second} */`,
    `insert into transfer values ('${third}', ${source}, ${target}, ${amount})`,
  ]
}

/** What a transfer moves. */
export type Move = Omit<Transfer, 'tag'>

/** All that the run has left behind. */
export async function readDatabase(server: TestPostgres): Promise<DatabaseState> {
  return withAdmin(server, async (admin) => {
    const entries = await admin.query<{ tag: string }>('select tag from entry')
    const transfers = await admin.query<Transfer>('select * from transfer')
    const accounts = await admin.query<{ id: number; balance: string }>('select * from account')
    return {
      rows: [...entries.rows, ...transfers.rows].map(({ tag }) => tag),
      accounts: accounts.rows.map(({ id, balance }) => ({ id, balance: Number(balance) })),
      transfers: transfers.rows,
    }
  })
}

/** Sessions of clients beside the one that asks: whatever they still do may change the database. */
export async function countSessions(server: TestPostgres): Promise<number> {
  const text = `select count(*)::int as sessions from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`
  return withAdmin(server, async (admin) => {
    const { rows } = await admin.query<{ sessions: number }>(text)
    return rows[0]?.sessions ?? 0
  })
}
