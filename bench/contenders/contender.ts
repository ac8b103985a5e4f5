/**
 * Ways to reach PostgreSQL from Node, each set up as its own manual says: Hale's three, what they stand in
 * for, and the other pools that npm has. `knex` is tarn, as Knex uses it.
 */
export const contenderNames = [
  'hale-pg',
  'hale-kysely',
  'hale-drizzle',
  'pg-pool',
  'kysely',
  'drizzle',
  'postgres-pool',
  'slonik',
  'postgres-js',
  'knex',
] as const
export type ContenderName = (typeof contenderNames)[number]

/** A contender as a reader knows it. */
export const contenderTitles: Readonly<Record<ContenderName, string>> = {
  'hale-pg': 'Hale',
  'hale-kysely': 'Kysely on Hale',
  'hale-drizzle': 'Drizzle on Hale',
  'pg-pool': 'pg-pool',
  kysely: 'Kysely on pg-pool',
  drizzle: 'Drizzle on pg-pool',
  'postgres-pool': 'postgres-pool',
  slonik: 'Slonik',
  'postgres-js': 'postgres.js',
  knex: 'Knex on tarn',
}

/** npm packages that take part, for the versions in a report. */
export const contenderPackages: readonly string[] = [
  'pg',
  'kysely',
  'drizzle-orm',
  'postgres-pool',
  'slonik',
  'postgres',
  'knex',
]

export function isHale(name: ContenderName): boolean {
  return name.startsWith('hale-')
}

/** Whatever is not here has the contender's own default. */
export interface ContenderOptions {
  readonly connectionString: string
  readonly applicationName: string
  readonly max: number
  /** How long a caller waits for a connection, ms. */
  readonly acquireTimeoutMs: number
  /** How long a statement may take at the client, ms, where the contender can be told. */
  readonly queryTimeoutMs: number
  /** Told of each sign that the contender noticed something wrong, in a few words. */
  readonly onNoticed?: (what: string) => void
}

export type Row = Readonly<Record<string, unknown>>

/** Sends one statement without parameters. */
export type Send = (text: string) => Promise<readonly Row[]>

/** A contender at work. */
export interface Subject {
  /** One statement on whatever connection comes, in the way that an application of this contender would send it. */
  query: Send
  /** The same as a statement that the server keeps prepared, where the contender can do that. */
  readonly queryPrepared: Send | undefined
  /** The contender's own form of a transaction. */
  transaction<Result>(use: (send: Send) => Promise<Result>): Promise<Result>
  /** A connection of the caller's own for the time of `use`, outside of a transaction. */
  withConnection<Result>(use: (send: Send) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}
