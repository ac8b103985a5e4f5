import { type ChildProcess, spawn } from 'node:child_process'
import { chown, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { ServerIdentity } from './host-protocol.ts'

/** Time between two looks at a program that starts or ends. */
export const POLL_MS = 10

/** Runs the programs of one server, one at a time, and keeps their last log lines for errors. */
export class ProgramRunner {
  // Once `sealed` is set no further program starts, so that what they work on can go.
  readonly #identity: ServerIdentity
  readonly #onLog: (line: string) => void
  #lastLines: string[] = []
  #child: ChildProcess | undefined
  #sealed = false

  constructor(identity: ServerIdentity, onLog: (line: string) => void) {
    this.#identity = identity
    this.#onLog = onLog
  }

  /** The program that was started last. */
  get child(): ChildProcess | undefined {
    return this.#child
  }

  /** The last lines of the program that was started last. */
  get log(): string {
    return this.#lastLines.join('\n')
  }

  /** Starts `program`. @throws {Error} once sealed */
  spawn(program: string, flags: readonly string[]): ChildProcess {
    if (this.#sealed) throw new Error('stopped while starting')
    const { account, tempRoot } = this.#identity
    const lines: string[] = []
    this.#lastLines = lines
    const keep = (line: string): void => {
      lines.push(line)
      if (lines.length > 20) lines.shift()
      this.#onLog(line)
    }
    const child = spawn(program, flags, {
      ...(account && { uid: account.uid, gid: account.gid }),
      cwd: tempRoot, // the folder we are in may be closed to the account
      detached: true, // a group of its own, so that initdb's helpers can be ended with it
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.once('error', (error) => keep(error.message))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) if (line !== '') keep(line)
      })
    }
    this.#child = child
    return child
  }

  /** Lets no further program start. */
  seal(): void {
    this.#sealed = true
  }

  /** An error that says what happened, with the last log lines. */
  failure(what: string): Error {
    const lines = this.#lastLines.join('\n  ')
    return new Error(`${what}; its last log lines:\n  ${lines === '' ? '(none)' : lines}`)
  }

  /** Makes the account that runs the programs the owner. */
  async give(path: string): Promise<void> {
    const { account } = this.#identity
    if (account !== undefined) await chown(path, account.uid, account.gid)
  }

  /** Writes a file that only the account may read. */
  async write(path: string, text: string): Promise<void> {
    await writeFile(path, text, { mode: 0o600 })
    await this.give(path)
  }
}

/** Whether `child` ended, or never started. */
export function hasExited(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** Whether `child` ends within `boundMs`. */
export async function exitsWithin(child: ChildProcess, boundMs: number): Promise<boolean> {
  const end = performance.now() + boundMs
  while (!hasExited(child) && performance.now() < end) await delay(POLL_MS)
  return hasExited(child)
}

/** A port of 127.0.0.1 on which nobody listens, for now. */
export function freePort(): Promise<number> {
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

function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|NODE_)/.test(name))
  // Without TZ initdb searches the whole time zone database.
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' }
}
