import { drizzle as healthAwareDrizzle } from '@hale/drizzle'
import { HealthAwareDialect } from '@hale/kysely'
import type { HealthAwarePool } from '@hale/pg'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle as plainDrizzle } from 'drizzle-orm/node-postgres'
import { Kysely, sql as kyselySql, PostgresDialect } from 'kysely'
import type pg from 'pg'
import { type Contenders, createHealthAwarePool, type Role } from '../contenders/trio.ts'
import { type Case, cpuPer, nsPer, type Scenario } from '../scenario.ts'
import { loopback, runWith } from './query.ts'

const callers = 10

/** What an application does with its database object; the pool below is the same for everybody. */
interface Adapter<Database> {
  readonly name: string
  readonly contenders: Contenders
  open(pool: HealthAwarePool, role: Role): Database
  readonly works: Readonly<Record<string, (database: Database) => Promise<unknown>>>
}

function scenarioOf<Database>({ name, contenders, open, works }: Adapter<Database>): Scenario {
  const opened = new WeakMap<pg.Pool, Database>()
  const databaseOf = (pool: pg.Pool, role: Role): Database => {
    const known = opened.get(pool)
    if (known !== undefined) return known
    const database = open(pool as HealthAwarePool, role)
    opened.set(pool, database)
    return database
  }
  const caseOf = (
    title: string,
    work: (database: Database) => Promise<unknown>,
    config: pg.PoolConfig,
    where: string,
  ): Case => ({
    name: `${title}, ${where}`,
    pool: config,
    sliceMs: 150,
    measures: [
      cpuPer('query', { name: `CPU of ${name}, ${title}, ${where}`, atMost: 1.02 }),
      nsPer('query'),
    ],
    run: (pool, count, role) => runWith(callers, work, databaseOf(pool, role), count),
  })
  return {
    name,
    title: `${contenders.names.subject} beside ${contenders.names.baseline} on the same pool, ${callers} callers`,
    contenders,
    cases: Object.entries(works).flatMap(([title, work]) => [
      caseOf(title, work, loopback(), 'loopback'),
      caseOf(title, work, { max: 10 }, 'real server'),
    ]),
  }
}

function besideItself(baseline: string, subject: string): Contenders {
  const names = { baseline, subject, control: `${baseline} again` }
  return { names, createPool: (_role, options) => createHealthAwarePool(options) }
}

/** What the dialect costs. */
export const kysely: Scenario = scenarioOf<Kysely<Record<string, never>>>({
  name: 'kysely',
  contenders: besideItself('PostgresDialect', 'HealthAwareDialect'),
  open: (pool, role) => {
    const dialect =
      role === 'subject' ? new HealthAwareDialect({ pool }) : new PostgresDialect({ pool })
    return new Kysely({ dialect })
  },
  works: {
    'select 1': (db) => kyselySql`select 1`.execute(db),
    transaction: (db) => db.transaction().execute((trx) => kyselySql`select 1`.execute(trx)),
  },
})

/** What the session costs. */
export const drizzle: Scenario = scenarioOf<ReturnType<typeof plainDrizzle>>({
  name: 'drizzle',
  contenders: besideItself('node-postgres', '@hale/drizzle'),
  open: (pool, role) => (role === 'subject' ? healthAwareDrizzle(pool) : plainDrizzle(pool)),
  works: {
    'select 1': (db) => db.execute(drizzleSql`select 1`),
    transaction: (db) => db.transaction((tx) => tx.execute(drizzleSql`select 1`)),
  },
})
