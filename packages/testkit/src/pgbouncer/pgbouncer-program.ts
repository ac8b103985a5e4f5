import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type {
  HostedProgram,
  PgBouncerPlan,
  RunningServer,
  StopMode,
} from '../postgres/host-protocol.ts'
import {
  exitsWithin,
  freePort,
  hasExited,
  POLL_MS,
  ProgramRunner,
} from '../postgres/program-runner.ts'

const START_ATTEMPTS = 50
const START_BOUND_MS = 10_000

/**
 * One PgBouncer with its folder. Used in the host process only, one method at a time, except
 * `destroy`, which may come at any time.
 */
export class PgBouncerProgram implements HostedProgram {
  // `folder` holds all that is ours.
  readonly #plan: PgBouncerPlan
  readonly #runner: ProgramRunner
  #folder: string | undefined
  #port: number | undefined

  constructor(plan: PgBouncerPlan, onLog: (line: string) => void) {
    this.#plan = plan
    this.#runner = new ProgramRunner(plan, onLog)
  }

  async create(): Promise<RunningServer> {
    // Synchronous, because `destroy` must know of the folder from its first moment on.
    this.#folder = mkdtempSync(join(this.#plan.tempRoot, 'hale-pgbouncer-'))
    await this.#runner.give(this.#folder)
    const { user, password } = this.#plan.upstream
    const userList = join(this.#folder, 'userlist.txt')
    await this.#runner.write(userList, `${quote(user)} ${quote(password)}\n`)
    return this.#start(this.#folder)
  }

  async restart(mode: StopMode): Promise<RunningServer> {
    if (this.#folder === undefined) throw new Error('PgBouncer was never started')
    await this.halt(mode)
    return this.#start(this.#folder)
  }

  /** Nothing is lost by a kill: what PgBouncer knows is in its folder. */
  async halt(mode: StopMode): Promise<void> {
    const { child } = this.#runner
    if (child === undefined) return
    // SIGTERM ends it at once up to 1.22, and from 1.23 on when its clients are gone.
    if (mode === 'fast') child.kill('SIGTERM')
    if (mode === 'fast' && (await exitsWithin(child, 300))) return
    child.kill('SIGKILL')
    await exitsWithin(child, 2_000)
  }

  async destroy(): Promise<void> {
    this.#runner.seal()
    await this.halt('immediate')
    if (this.#folder === undefined) return
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  async #start(folder: string): Promise<RunningServer> {
    const ini = join(folder, 'pgbouncer.ini')
    for (let attempt = 1; ; attempt++) {
      const port = this.#port ?? (await freePort())
      await this.#runner.write(ini, configuration(this.#plan, folder, port))
      const child = this.#runner.spawn(this.#plan.program, [ini])
      const end = performance.now() + START_BOUND_MS
      const isUp = (): boolean => this.#runner.log.includes('process up:')
      while (!hasExited(child) && !isUp() && performance.now() < end) await delay(POLL_MS)
      if (child.pid !== undefined && !hasExited(child) && isUp()) {
        this.#port = port
        return { port, processId: child.pid, dataDir: folder, folder }
      }
      await delay(POLL_MS) // lets the last log lines arrive
      const isPortTaken = /Address already in use/i.test(this.#runner.log)
      if (attempt >= START_ATTEMPTS || !isPortTaken)
        throw this.#runner.failure('PgBouncer did not start')
      if (this.#port !== undefined) await delay(100)
    }
  }
}

function configuration(plan: PgBouncerPlan, folder: string, port: number): string {
  const settings = {
    listen_addr: '127.0.0.1',
    unix_socket_dir: '', // nothing of ours outside of the folder
    auth_type: 'scram-sha-256',
    auth_file: join(folder, 'userlist.txt'),
    admin_users: plan.upstream.user,
    pool_mode: plan.poolMode,
    ...plan.settings,
    listen_port: String(port),
  }
  return [
    '[databases]',
    `* = host=${plan.upstream.host} port=${plan.upstream.port}`,
    '[pgbouncer]',
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
    '',
  ].join('\n')
}

/** As the user list wants it. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}
