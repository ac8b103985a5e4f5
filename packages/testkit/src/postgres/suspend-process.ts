import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process that stands still. */
export interface SuspendedProcess {
  /** Lets it go on. May be called again. */
  resume(): void
  [Symbol.dispose](): void
}

/** Suspended process → its parent, which is the server when it is a backend. */
const suspended = new Map<number, number | undefined>()

/**
 * Stops the process `pid`, a backend for example, with SIGSTOP: its sockets stay open and answer
 * nothing. It goes on at `resume`, at the end of a `using` block, before its server is stopped,
 * halted or restarted (a stopped backend would hold that up), and when this process exits. Not on Windows.
 */
export function suspendProcess(pid: number): SuspendedProcess {
  process.kill(pid, 'SIGSTOP') // throws for a process that is gone
  if (suspended.size === 0) process.once('exit', resumeAll)
  suspended.set(pid, parentOf(pid))
  const resume = (): void => resumeProcess(pid)
  return { resume, [Symbol.dispose]: resume }
}

/** Lets `serverPid` and what is suspended of its children go on. @internal */
export function resumeServer(serverPid: number | undefined): void {
  if (serverPid === undefined) return
  for (const [pid, parent] of suspended) {
    if (pid === serverPid || parent === serverPid) resumeProcess(pid)
  }
}

function resumeAll(): void {
  for (const pid of suspended.keys()) resumeProcess(pid)
}

function resumeProcess(pid: number): void {
  if (!suspended.delete(pid)) return
  if (suspended.size === 0) process.removeListener('exit', resumeAll)
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // it is gone already
  }
}

function parentOf(pid: number): number | undefined {
  try {
    const text =
      process.platform === 'linux'
        ? /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        : execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })
    return text === undefined ? undefined : Number.parseInt(text, 10)
  } catch {
    return undefined // gone meanwhile, or no ps
  }
}
