import type { HealthAwarePool } from '@hale/pg'
import { type AnyRelations, DefaultLogger, type EmptyRelations } from 'drizzle-orm'
import {
  NodePgDatabase,
  type NodePgSessionOptions,
  drizzle as plainDrizzle,
} from 'drizzle-orm/node-postgres'
import type { DrizzlePgConfig } from 'drizzle-orm/pg-core'
import { requireDrizzle, requirePool } from '../require-drizzle.ts'
import { HealthAwareSession } from './health-aware-session.ts'

/** Drizzle's own node-postgres database; `$client` is the pool that it runs on. */
export type HealthAwareDatabase<
  TRelations extends AnyRelations = EmptyRelations,
  TClient extends HealthAwarePool = HealthAwarePool,
> = NodePgDatabase<TRelations> & { $client: TClient }

/**
 * A Drizzle 1.0 database on `client`, as `drizzle-orm/node-postgres` makes it, with the same config.
 * Ending the pool is the caller's: `db.$client.end()`.
 * @throws {OptionsError} when `client` is not a HealthAwarePool, or is not inside of a config
 * @throws {UnsupportedDrizzleError} when drizzle-orm is not 1.0
 */
export function drizzle<
  TRelations extends AnyRelations = EmptyRelations,
  TClient extends HealthAwarePool = HealthAwarePool,
>(
  config: DrizzlePgConfig<TRelations> & { client: TClient },
): HealthAwareDatabase<TRelations, TClient> {
  requireDrizzle(1)
  requirePool(
    config,
    'drizzle({ client }) with a HealthAwarePool: createHealthAwareClient(options)',
  )
  const { client } = config
  const plain = plainDrizzle(config)
  const { relations, session } = plain._
  // with the mappers and codecs of the config: only Drizzle itself knows how to make it
  const dialect = session['dialect']
  const options = sessionOptionsOf(config)
  const own = new HealthAwareSession(client, dialect, relations, options)
  const database = new NodePgDatabase<TRelations>(dialect, own, relations)
  if (config.cache) database.$cache = plain.$cache
  return Object.assign(database, { $client: client })
}

export declare namespace drizzle {
  /** Drizzle's own: a database without a client, for the SQL that it renders. */
  const mock: typeof plainDrizzle.mock
}
Object.assign(drizzle, { mock: plainDrizzle.mock })

function sessionOptionsOf({
  logger,
  cache,
  paramsInErrors,
}: DrizzlePgConfig<AnyRelations>): NodePgSessionOptions {
  const options: NodePgSessionOptions = {}
  if (logger) options.logger = logger === true ? new DefaultLogger() : logger
  if (cache) options.cache = cache
  if (paramsInErrors !== undefined) options.paramsInErrors = paramsInErrors
  return options
}
