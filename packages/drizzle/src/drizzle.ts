import { HealthAwarePool } from '@hale/pg'
import * as orm from 'drizzle-orm' // not by name: these are missing from 1.0, which is to be told apart
import {
  NodePgDatabase,
  type NodePgSessionOptions,
  drizzle as plainDrizzle,
} from 'drizzle-orm/node-postgres'
import { PgDialect } from 'drizzle-orm/pg-core'
import { HealthAwareSession } from './health-aware-session.ts'
import { requireDrizzle, requirePool } from './require-drizzle.ts'

type Schema = Record<string, unknown>

/** Drizzle's own node-postgres database; `$client` is the pool that it runs on. */
export type HealthAwareDatabase<
  TSchema extends Schema = Record<string, never>,
  TClient extends HealthAwarePool = HealthAwarePool,
> = NodePgDatabase<TSchema> & { $client: TClient }

/**
 * A Drizzle database on `client`, as `drizzle-orm/node-postgres` makes it, with the same config.
 * Ending the pool is the caller's: `db.$client.end()`.
 * @throws {OptionsError} when `client` is not a HealthAwarePool
 * @throws {UnsupportedDrizzleError} when drizzle-orm is not 0.45
 */
export function drizzle<
  TSchema extends Schema = Record<string, never>,
  TClient extends HealthAwarePool = HealthAwarePool,
>(client: TClient, config?: orm.DrizzleConfig<TSchema>): HealthAwareDatabase<TSchema, TClient>
export function drizzle<
  TSchema extends Schema = Record<string, never>,
  TClient extends HealthAwarePool = HealthAwarePool,
>(config: orm.DrizzleConfig<TSchema> & { client: TClient }): HealthAwareDatabase<TSchema, TClient>
export function drizzle<TSchema extends Schema>(
  first: HealthAwarePool | (orm.DrizzleConfig<TSchema> & { client: HealthAwarePool }),
  second: orm.DrizzleConfig<TSchema> = {},
): HealthAwareDatabase<TSchema> {
  requireDrizzle(0)
  if (first instanceof HealthAwarePool) return createDatabase(first, second)
  const expected = 'a HealthAwarePool, as createHealthAwareClient(options) makes it'
  return createDatabase(requirePool(first, expected), first)
}

export declare namespace drizzle {
  /** Drizzle's own: a database without a client, for the SQL that it renders. */
  const mock: typeof plainDrizzle.mock
}
Object.assign(drizzle, { mock: plainDrizzle.mock })

function createDatabase<TSchema extends Schema>(
  client: HealthAwarePool,
  config: orm.DrizzleConfig<TSchema>,
): HealthAwareDatabase<TSchema> {
  const { cache } = config
  const dialect = new PgDialect(config.casing === undefined ? {} : { casing: config.casing })
  const schema = relationsOf(config.schema)
  const session = new HealthAwareSession<TSchema, orm.ExtractTablesWithRelations<TSchema>>(
    client,
    dialect,
    schema,
    sessionOptionsOf(config),
  )
  const database = new NodePgDatabase<TSchema>(dialect, session, schema)
  if (cache) database.$cache = Object.assign(cache, { invalidate: cache.onMutate }) // as Drizzle does
  return Object.assign(database, { $client: client })
}

function sessionOptionsOf({ logger, cache }: orm.DrizzleConfig<Schema>): NodePgSessionOptions {
  const options: NodePgSessionOptions = {}
  if (logger) options.logger = logger === true ? new orm.DefaultLogger() : logger
  if (cache) options.cache = cache
  return options
}

function relationsOf<TSchema extends Schema>(
  fullSchema: TSchema | undefined,
): orm.RelationalSchemaConfig<orm.ExtractTablesWithRelations<TSchema>> | undefined {
  if (!fullSchema) return undefined
  const { tables, tableNamesMap } = orm.extractTablesRelationalConfig<
    orm.ExtractTablesWithRelations<TSchema>
  >(fullSchema, orm.createTableRelationsHelpers)
  return { fullSchema, schema: tables, tableNamesMap }
}
