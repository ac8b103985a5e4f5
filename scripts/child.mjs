// Runs commands on the repository's own Node, and leaves none of their processes behind when it is stopped.
import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { Failure, repositoryEnv } from './install.mjs'
import { root } from './workspace.mjs'

const GRACE_MS = 3000
const POLL_MS = 50

/** No colours: in CI, or where no terminal reads along. */
export const isPlain = process.env['CI'] === 'true' || !process.stdout.isTTY

/** @type {import('node:child_process').ChildProcess | undefined} */
let child
/** @type {NodeJS.Signals | undefined} */
let stopSignal
/**
 * The command's processes at the time of the stop: later, orphans could not be told from strangers.
 * @type {Set<number>}
 */
const doomed = new Set()

/**
 * Runs one command and gives its exit code.
 * @param {readonly string[]} command
 * @param {'inherit' | 'ignore'} stdin
 * @returns {Promise<number>}
 */
export async function run([command = '', ...args], stdin) {
  const code = await new Promise((resolve, reject) => {
    child = spawn(command, args, {
      cwd: root,
      env: commandEnv(),
      shell: process.platform === 'win32',
      stdio: [stdin, 'inherit', 'inherit'],
    })
    child.once('error', (error) =>
      reject(new Failure(`could not run ${command}: ${error.message}`)),
    )
    child.once('exit', (code, signal) =>
      resolve(signal === null ? (code ?? 1) : exitCodeOf(signal)),
    )
  })
  child = undefined
  if (stopSignal !== undefined) await endLeftovers()
  return code
}

/** Exit code of the signal that stopped us; `undefined` while none did. */
export function stoppedBy() {
  return stopSignal === undefined ? undefined : exitCodeOf(stopSignal)
}

export function stopOnSignals() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, stop)
  }
}

/**
 * Passes the signal on and ends whatever outlives the grace period; a second signal ends all at once.
 * A terminal sends its Ctrl-C to every process itself.
 * @param {NodeJS.Signals} signal
 */
function stop(signal) {
  const isSecond = stopSignal !== undefined
  stopSignal = signal
  if (child?.pid === undefined) process.exit(exitCodeOf(signal))
  for (const pid of treeOf(child.pid)) doomed.add(pid)
  if (isSecond) return endAll('SIGKILL')
  if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  setTimeout(() => endAll('SIGTERM'), GRACE_MS).unref()
  setTimeout(() => endAll('SIGKILL'), 2 * GRACE_MS).unref()
}

/** Waits for what the command started to end by itself, then ends it. */
async function endLeftovers() {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    for (let waitedMs = 0; doomed.size > 0 && waitedMs < GRACE_MS; waitedMs += POLL_MS) {
      for (const pid of doomed) if (!send(pid, 0)) doomed.delete(pid)
      await pause(POLL_MS)
    }
    endAll(signal)
  }
}

/** @param {NodeJS.Signals} signal */
function endAll(signal) {
  for (const pid of doomed) send(pid, signal)
}

/**
 * Whether the process is still there to get the signal.
 * @param {number} pid
 * @param {NodeJS.Signals | 0} signal
 */
function send(pid, signal) {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/**
 * A process and all its descendants; itself alone where there is no `ps`.
 * @param {number} pid
 */
function treeOf(pid) {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const tree = new Set([pid])
  // ps may list a child before its parent, so look until nothing new turns up.
  for (let size = 0; size !== tree.size; ) {
    size = tree.size
    for (const [id, parent] of pairs) if (id && parent && tree.has(parent)) tree.add(id)
  }
  return tree
}

function commandEnv() {
  const { FORCE_COLOR: _, ...plain } = repositoryEnv()
  return isPlain ? { ...plain, NO_COLOR: '1' } : repositoryEnv()
}

/** @param {NodeJS.Signals} signal */
function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0)
}
