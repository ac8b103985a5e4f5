import type { ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { takeBaseBackup } from './base-backup.ts'
import type { ClusterPlan, HostedProgram, RunningServer, StopMode } from './host-protocol.ts'
import { initdbFlags } from './postgres-versions.ts'
import { exitsWithin, freePort, hasExited, POLL_MS, ProgramRunner } from './program-runner.ts'

const START_ATTEMPTS = 50
const stopSignals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** Below the folder of the server, so that one removal takes all. */
const dataDirOf = (folder: string): string => join(folder, 'data')

/**
 * One data folder and the server on it. Used in the host process only, one method at a time,
 * except `destroy`, which may come at any time.
 */
export class PostgresCluster implements HostedProgram {
  // `folder` holds all that is ours. The runner's child is the program at work in it, initdb or
  // postgres; once the runner is sealed, `folder` can go when the child is gone.
  readonly #plan: ClusterPlan
  readonly #runner: ProgramRunner
  #folder: string | undefined
  #port: number | undefined

  constructor(plan: ClusterPlan, onLog: (line: string) => void) {
    this.#plan = plan
    this.#runner = new ProgramRunner(plan, onLog)
  }

  async create(): Promise<RunningServer> {
    const { account, standbyOf, tempRoot, version } = this.#plan
    // Synchronous, because `destroy` must know of the folder from its first moment on.
    const folder = mkdtempSync(join(tempRoot, 'hale-postgres-data-'))
    this.#folder = folder
    const dataDir = dataDirOf(folder)
    await mkdir(dataDir, { mode: 0o700 })
    await this.#runner.give(folder)
    await this.#runner.give(dataDir)
    if (standbyOf === undefined) await this.#initialise(folder)
    else await takeBaseBackup(standbyOf, version, dataDir, account)
    return this.#start(folder)
  }

  async restart(mode: StopMode): Promise<RunningServer> {
    if (this.#folder === undefined) throw new Error('the server was never started')
    await this.#stopChild(mode)
    return this.#start(this.#folder)
  }

  async halt(mode: StopMode): Promise<void> {
    await this.#stopChild(mode)
  }

  async destroy(mode: StopMode): Promise<void> {
    this.#runner.seal()
    await this.#stopChild(mode)
    if (this.#folder === undefined) return
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  async #initialise(folder: string): Promise<void> {
    const { password, user, version } = this.#plan
    const passwordFile = join(folder, 'password')
    await this.#runner.write(passwordFile, `${password}\n`)
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
    if (child.exitCode !== 0) throw this.#runner.failure('initdb failed')
    await rm(passwordFile, { force: true })
    for (const [name, text] of Object.entries(this.#plan.files ?? {})) {
      await this.#runner.write(join(dataDirOf(folder), name), text) // a key must be private
    }
  }

  async #start(folder: string): Promise<RunningServer> {
    const dataDir = dataDirOf(folder)
    for (let attempt = 1; ; attempt++) {
      const port = this.#port ?? (await freePort())
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
        throw this.#runner.failure('PostgreSQL exited at start')
      if (this.#port !== undefined) await delay(100)
    }
  }

  /** Another process took the port, or the backends of a killed server are still around. */
  #isWorthAnotherTry(): boolean {
    return /Address already in use|shared memory block .* is still in use/.test(this.#runner.log)
  }

  #spawn(program: 'initdb' | 'postgres', flags: readonly string[]): ChildProcess {
    return this.#runner.spawn(join(this.#plan.nativeDir, 'bin', program), flags)
  }

  async #stopChild(mode: StopMode): Promise<void> {
    const { child } = this.#runner
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

/** Whether the server with this pid accepts connections, by the status line it keeps in its folder. */
async function isReady(dataDir: string, processId: number | undefined): Promise<boolean> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  return lines[0] === String(processId) && lines[7]?.trim() === 'ready'
}

function signal(processId: number, name: NodeJS.Signals): void {
  try {
    process.kill(processId, name)
  } catch {
    // it is gone already
  }
}
