// Run by start-pgbouncer.integration.test.ts: starts a PgBouncer, prints where it is, and waits for its killer.
import { startPgBouncer, startPostgres } from '../../src/index.ts'

process.env['TEST_DATABASE_URL'] = process.argv[2]
const { folder, processId } = await startPgBouncer(await startPostgres(), { poolMode: 'session' })
process.stdout.write(`${JSON.stringify({ folder, processId })}\n`)
setInterval(() => {}, 1_000)
