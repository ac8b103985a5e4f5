import { clientConfig, HealthAwarePool } from '@hale/pg'
import type { CliPorts } from '../cli-ports.ts'
import { exitCodes } from '../exit-codes.ts'
import { parseCommandLine, wholeNumber } from '../parse-command-line.ts'
import { UsageError } from '../usage-error.ts'
import { AdminSession } from './admin-session.ts'
import { Cleanups } from './cleanups.ts'
import { NoDatabaseError, openDemoDatabase } from './demo-database.ts'
import { demoPoolOptions } from './demo-pool-options.ts'
import {
  createDemoTables,
  dropDemoTables,
  holderStatements,
  nameDemoTables,
} from './demo-tables.ts'
import { DemoWorkload } from './demo-workload.ts'
import type { DemoDatabase } from './embedded-database.ts'
import { createFaults, type Faults } from './faults/create-faults.ts'
import { presentDemo } from './present-demo.ts'
import { WireProxy } from './proxy/wire-proxy.ts'
import { throughProxy } from './through-proxy.ts'
import { watchQuit } from './until-quit.ts'

/**
 * `hale demo [URL] [--port N]`: a live pool under a little work, its dashboard, and faults on buttons, until it
 * is ended. Resolves to the exit code.
 *
 * @throws {UsageError} for a command line that makes no sense
 */
export async function runDemo(args: readonly string[], ports: CliPorts): Promise<number> {
  const { url, port } = parse(args, ports)
  const quit = watchQuit(ports)
  const cleanups = new Cleanups()
  try {
    const database = await openDemoDatabase(url)
    cleanups.add(() => database.close())
    const { pools, faults } = await setUp(database, cleanups, ports)
    await presentDemo({ pools, faults, about: aboutDemo, port }, ports, quit.signal)
    return exitCodes.ok
  } catch (error) {
    ports.stderr.write(`hale demo: ${told(error)}\n`)
    return exitCodes.notChecked
  } finally {
    quit.stop()
    for (const left of await cleanups.run())
      ports.stderr.write(`hale demo: the database did not let the demo remove ${left}\n`)
  }
}

const aboutDemo =
  'A small shop runs on one pool. Press a button, and see in the dashboard how the pool tells what is broken, and what it does about it.'
/** By which its sessions are found in `pg_stat_activity`. */
const applicationName = 'hale demo'

function parse(
  args: readonly string[],
  { env }: CliPorts,
): { readonly url: string | undefined; readonly port: number | undefined } {
  const { values, positionals } = parseCommandLine(args, { port: { type: 'string' } })
  if (positionals.length > 1) throw new UsageError('expected at most one URL')
  const port = wholeNumber('port', values.port, { min: 1, max: 65_535 })
  return { url: positionals[0] ?? env['DATABASE_URL'], port }
}

async function setUp(
  database: DemoDatabase,
  cleanups: Cleanups,
  { stdout }: CliPorts,
): Promise<{ readonly pools: { readonly demo: HealthAwarePool }; readonly faults: Faults }> {
  const config = clientConfig(database.config, { application_name: applicationName })
  const admin = new AdminSession(config)
  cleanups.add(() => admin.close())
  const { host, port } = await admin.client()
  const tables = nameDemoTables()
  stdout.write(
    database.isEmbedded
      ? 'An embedded PostgreSQL is running; it is removed at the end.\n'
      : `The demo works in a schema of its own, ${tables.schema}, which it drops at the end.\n`,
  )
  if (!database.isEmbedded)
    cleanups.add(() => dropDemoTables(admin, tables), `the schema ${tables.schema}`)
  await createDemoTables(admin, tables)
  const proxy = await WireProxy.start({ host, port })
  cleanups.add(() => proxy.close())
  const options = throughProxy(config, proxy, { host, port })
  const pool = new HealthAwarePool(Object.assign(options, demoPoolOptions))
  const faults = createFaults({
    pools: { demo: pool },
    proxy,
    admin,
    statements: holderStatements(tables.products),
    restart: database.restart?.bind(database),
  })
  const workload = new DemoWorkload(pool, tables)
  cleanups.add(() => Promise.all([workload.stop(), pool.end()])) // together: the server may be down
  cleanups.add(() => faults.putRight())
  return { pools: { demo: pool }, faults }
}

/** What listening on a port may fail with. */
const portProblems = new Set<unknown>(['EADDRINUSE', 'EACCES'])

/** What the driver says may name users, so only the code of it is told. */
function told(error: unknown): string {
  if (error instanceof NoDatabaseError) return error.message
  const { code } = Object(error) as { readonly code?: unknown }
  if (portProblems.has(code)) return `the port of --port cannot be had (${code})`
  const named = typeof code === 'string' && /^[A-Z0-9_]{3,40}$/.test(code) ? ` (${code})` : ''
  return `the database cannot be used${named}: is the URL right, and may its user create a schema?`
}
