import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { takeBaseBackup } from './base-backup.ts'
import type { ClusterPlan, RunningServer, StopMode } from './host-protocol.ts'
import { initdbFlags } from './postgres-versions.ts'

const POLL_MS = 10
const START_ATTEMPTS = 50
const stopSignals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** Below the folder of the server, so that one removal takes all. */
const dataDirOf = (folder: string): string => join(folder, 'data')

/**
 * One data folder and the server on it. Used in the host process only, one method at a time,
 * except `destroy`, which may come at any time.
 */
export class PostgresCluster {
  // `folder` holds all that is ours. `child` is the program at work in it, initdb or postgres. Once
  // `destroyed` is set no further program starts, so that `folder` can go when `child` is gone.
  readonly #plan: ClusterPlan
  readonly #onLog: (line: string) => void
  readonly #lastLines: string[] = []
  #folder: string | undefined
  #port: number | undefined
  #child: ChildProcess | undefined
  #destroyed = false

  constructor(plan: ClusterPlan, onLog: (line: string) => void) {
    this.#plan = plan
    this.#onLog = onLog
  }

  /** Makes the data folder and starts the server on a free port of 127.0.0.1. */
  async create(): Promise<RunningServer> {
    const { account, standbyOf, tempRoot, version } = this.#plan
    // Synchronous, because `destroy` must know of the folder from its first moment on.
    const folder = mkdtempSync(join(tempRoot, 'hale-postgres-data-'))
    this.#folder = folder
    const dataDir = dataDirOf(folder)
    await mkdir(dataDir, { mode: 0o700 })
    await this.#give(folder)
    await this.#give(dataDir)
    if (standbyOf === undefined) await this.#initialise(folder)
    else await takeBaseBackup(standbyOf, version, dataDir, account)
    return this.#start(folder)
  }

  /** Stops the server, or finds it stopped already, and starts it on the same port. */
  async restart(mode: StopMode): Promise<RunningServer> {
    if (this.#folder === undefined) throw new Error('the server was never started')
    await this.#stopChild(mode)
    return this.#start(this.#folder)
  }

  /** Stops the server and keeps its data and its port for `restart`. */
  async halt(mode: StopMode): Promise<void> {
    await this.#stopChild(mode)
  }

  /** Stops the server and removes all that is its own. */
  async destroy(mode: StopMode): Promise<void> {
    this.#destroyed = true
    await this.#stopChild(mode)
    if (this.#folder === undefined) return
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  async #initialise(folder: string): Promise<void> {
    const { password, user, version } = this.#plan
    const passwordFile = join(folder, 'password')
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    await this.#give(passwordFile)
    const child = this.#spawn('initdb', [
      ...initdbFlags(version),
      '-U',
      user,
      '-D',
      dataDirOf(folder),
      '--pwfile',
      passwordFile,
    ])
    while (!hasExited(child)) await delay(POLL_MS)
    if (child.exitCode !== 0) throw this.#failure('initdb failed')
    await rm(passwordFile, { force: true })
    for (const [name, text] of Object.entries(this.#plan.files ?? {})) {
      const file = join(dataDirOf(folder), name)
      await writeFile(file, text, { mode: 0o600 }) // PostgreSQL refuses a key that others may read
      await this.#give(file)
    }
  }

  /** Makes the account that runs PostgreSQL the owner. */
  async #give(path: string): Promise<void> {
    const { account } = this.#plan
    if (account !== undefined) await chown(path, account.uid, account.gid)
  }

  async #start(folder: string): Promise<RunningServer> {
    const dataDir = dataDirOf(folder)
    for (let attempt = 1; ; attempt++) {
      const port = this.#port ?? (await freePort())
      this.#lastLines.length = 0
      const settings = Object.entries({ ...this.#plan.settings, port: String(port) })
      const child = this.#spawn('postgres', [
        '-D',
        dataDir,
        ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ])
      while (!hasExited(child) && !(await isReady(dataDir, child.pid))) await delay(POLL_MS)
      if (child.pid !== undefined && !hasExited(child)) {
        this.#port = port
        return { port, processId: child.pid, dataDir, folder }
      }
      await delay(POLL_MS) // lets the last log lines arrive
      if (attempt >= START_ATTEMPTS || !this.#isWorthAnotherTry())
        throw this.#failure('PostgreSQL exited at start')
      if (this.#port !== undefined) await delay(100)
    }
  }

  /** Another process took the port, or the backends of a killed server are still around. */
  #isWorthAnotherTry(): boolean {
    return /Address already in use|shared memory block .* is still in use/.test(
      this.#lastLines.join('\n'),
    )
  }

  #spawn(program: 'initdb' | 'postgres', flags: readonly string[]): ChildProcess {
    if (this.#destroyed) throw new Error('stopped while starting')
    const { account, nativeDir, tempRoot } = this.#plan
    const child = spawn(join(nativeDir, 'bin', program), flags, {
      ...(account && { uid: account.uid, gid: account.gid }),
      cwd: tempRoot, // the folder we are in may be closed to the account
      detached: true, // a group of its own, so that initdb's helpers can be ended with it
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.once('error', (error) => this.#keep(error.message))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) if (line !== '') this.#keep(line)
      })
    }
    this.#child = child
    return child
  }

  #keep(line: string): void {
    this.#lastLines.push(line)
    if (this.#lastLines.length > 20) this.#lastLines.shift()
    this.#onLog(line)
  }

  #failure(what: string): Error {
    const lines = this.#lastLines.join('\n  ')
    return new Error(`${what}; its last log lines:\n  ${lines === '' ? '(none)' : lines}`)
  }

  async #stopChild(mode: StopMode): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined) return
    const isInitdb = child.spawnfile.includes('initdb')
    if (isInitdb) signal(-child.pid, 'SIGKILL')
    else child.kill(stopSignals[mode])
    // A frozen standby or backend can hold up a fast stop; PostgreSQL itself kills after 5 s.
    if (await exitsWithin(child, mode === 'fast' ? 5_000 : 8_000)) return
    child.kill('SIGQUIT')
    if (await exitsWithin(child, 8_000)) return
    child.kill('SIGKILL')
    await exitsWithin(child, 2_000)
  }
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|NODE_)/.test(name))
  // Without TZ initdb searches the whole time zone database.
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' }
}

/** Whether the server with this pid accepts connections, by the status line it keeps in its folder. */
async function isReady(dataDir: string, processId: number | undefined): Promise<boolean> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  return lines[0] === String(processId) && lines[7]?.trim() === 'ready'
}

function hasExited(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function exitsWithin(child: ChildProcess, boundMs: number): Promise<boolean> {
  const end = performance.now() + boundMs
  while (!hasExited(child) && performance.now() < end) await delay(POLL_MS)
  return hasExited(child)
}

function signal(processId: number, name: NodeJS.Signals): void {
  try {
    process.kill(processId, name)
  } catch {
    // it is gone already
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
