import type pg from 'pg'
import { parse } from 'pg-connection-string'

/** What may differ between the clients of one pool. */
export interface ClientOverrides {
  readonly host?: string | undefined
  /** Left out: the pool's own, which is pg's default where the pool names none. */
  readonly port?: number | undefined
  readonly application_name?: string | undefined
}

/**
 * The options for one client: `options` themselves where nothing is to differ, else a copy. pg lets a
 * connection string win over every other option, so it is resolved first, as pg does it, and is left out
 * of the copy; its user, password, database and ssl stay. The copy's password is hidden from
 * enumeration, as it is in a pool's options.
 *
 * @throws {TypeError} when the connection string cannot be read, as pg does
 */
export function clientConfig(
  options: pg.ClientConfig,
  overrides: ClientOverrides = {},
): pg.ClientConfig {
  const { host, port, application_name } = overrides
  if (host === undefined && port === undefined && application_name === undefined) return options
  const { connectionString, ...config } = options as pg.ClientConfig & Record<string, unknown>
  const parsed = connectionString ? parse(connectionString) : undefined
  Object.assign(config, parsed)
  Object.defineProperty(config, 'password', {
    configurable: true,
    enumerable: false,
    writable: true,
    value: parsed === undefined ? options.password : parsed.password,
  })
  if (host !== undefined) config.host = host
  if (port !== undefined) config.port = port
  if (application_name !== undefined) config.application_name = application_name
  return config
}
