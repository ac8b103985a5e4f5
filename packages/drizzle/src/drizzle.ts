import { OptionProblems } from '@hale/core'
import { HealthAwarePool } from '@hale/pg'
import {
  createTableRelationsHelpers,
  DefaultLogger,
  type DrizzleConfig,
  type ExtractTablesWithRelations,
  extractTablesRelationalConfig,
  type RelationalSchemaConfig,
} from 'drizzle-orm'
import { NodePgDatabase, type NodePgSessionOptions } from 'drizzle-orm/node-postgres'
import { PgDialect } from 'drizzle-orm/pg-core'
import { HealthAwareSession } from './health-aware-session.ts'

type Schema = Record<string, unknown>

/** Drizzle's own node-postgres database; `$client` is the pool that it runs on. */
export type HealthAwareDatabase<TSchema extends Schema = Record<string, never>> =
  NodePgDatabase<TSchema> & { $client: HealthAwarePool }

/**
 * A Drizzle database on `client`, as `drizzle-orm/node-postgres` makes it, with the same config.
 * Ending the pool is the caller's: `db.$client.end()`.
 * @throws {OptionsError} when `client` is not a HealthAwarePool
 */
export function drizzle<TSchema extends Schema = Record<string, never>>(
  client: HealthAwarePool,
  config?: DrizzleConfig<TSchema>,
): HealthAwareDatabase<TSchema>
export function drizzle<TSchema extends Schema = Record<string, never>>(
  config: DrizzleConfig<TSchema> & { client: HealthAwarePool },
): HealthAwareDatabase<TSchema>
export function drizzle<TSchema extends Schema>(
  first: HealthAwarePool | (DrizzleConfig<TSchema> & { client: HealthAwarePool }),
  second?: DrizzleConfig<TSchema>,
): HealthAwareDatabase<TSchema> {
  if (first instanceof HealthAwarePool) return createDatabase(first, second ?? {})
  const client: unknown = first?.client
  if (client instanceof HealthAwarePool) return createDatabase(client, first)
  return rejectClient(first)
}

function createDatabase<TSchema extends Schema>(
  client: HealthAwarePool,
  config: DrizzleConfig<TSchema>,
): HealthAwareDatabase<TSchema> {
  const { cache } = config
  const dialect = new PgDialect(config.casing === undefined ? {} : { casing: config.casing })
  const schema = relationsOf(config.schema)
  const session = new HealthAwareSession<TSchema, ExtractTablesWithRelations<TSchema>>(
    client,
    dialect,
    schema,
    sessionOptionsOf(config),
  )
  const database = new NodePgDatabase<TSchema>(dialect, session, schema)
  if (cache) database.$cache = Object.assign(cache, { invalidate: cache.onMutate }) // as Drizzle does
  return Object.assign(database, { $client: client })
}

function sessionOptionsOf({ logger, cache }: DrizzleConfig<Schema>): NodePgSessionOptions {
  const options: NodePgSessionOptions = {}
  if (logger) options.logger = logger === true ? new DefaultLogger() : logger
  if (cache) options.cache = cache
  return options
}

function relationsOf<TSchema extends Schema>(
  fullSchema: TSchema | undefined,
): RelationalSchemaConfig<ExtractTablesWithRelations<TSchema>> | undefined {
  if (!fullSchema) return undefined
  const { tables, tableNamesMap } = extractTablesRelationalConfig<
    ExtractTablesWithRelations<TSchema>
  >(fullSchema, createTableRelationsHelpers)
  return { fullSchema, schema: tables, tableNamesMap }
}

/** @throws {OptionsError} always: Drizzle would build a pool of its own from what it does not know */
function rejectClient(first: unknown): never {
  const isConfig = typeof first === 'object' && first !== null && 'client' in first
  const expected = 'a HealthAwarePool, as createHealthAwareClient(options) makes it'
  return new OptionProblems().fail('client', isConfig ? first.client : first, expected)
}
