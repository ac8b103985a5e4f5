/** Embedded PostgreSQL cannot run here. The message says why and what to do about it. */
export class PostgresUnavailableError extends Error {
  override readonly name = 'PostgresUnavailableError'
  readonly code = 'HALE_POSTGRES_UNAVAILABLE'
}
