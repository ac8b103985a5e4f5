// `npm test` and `npm run demo`: installs what is missing, then runs the task on the repository's own Node.
// Plain JavaScript for Node >= 20, with no dependencies: it starts before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import { ensureInstalled, Failure, repositoryEnv } from './install.mjs'
import { root } from './workspace.mjs'

/** No colours: in CI, or where no terminal reads along. */
const isPlain = process.env['CI'] === 'true' || !process.stdout.isTTY

const ownPackages = '--conditions=@hale/source'
const vitest = ['vitest', '--config', 'vitest.workspace.ts', 'run', '--project']

/**
 * The steps of `npm test`, in their order: the cheap and the likely to fail come first.
 * @type {Readonly<Record<string, readonly (readonly string[])[]>>}
 */
const steps = {
  types: [
    ['tsc', '-b', '--force'], // without --force, a dist that was deleted stays so
    ['tsc', '-p', 'tsconfig.check.json'],
  ],
  lint: [
    ['biome', 'ci', '--error-on-warnings', ...(isPlain ? ['--colors=off'] : []), '.'],
    ['knip', '--no-config-hints'],
  ],
  unit: [[...vitest, 'unit']],
  integration: [[...vitest, 'integration']],
  packaging: [['node', 'scripts/check-packages.ts']],
  examples: [['node', 'scripts/run-examples.ts']],
}

/** @type {Readonly<Record<string, (args: string[]) => Promise<number>>>} */
const tasks = {
  demo: (args) => run(['node', ownPackages, 'demo/main.ts', ...args], 'inherit'),
  test: (args) => test(selectSteps(args)),
  // Any tool of the repository on its own Node: `node scripts/run.mjs exec biome format .`
  exec: (args) => run(args, 'inherit'),
}

/** @type {import('node:child_process').ChildProcess | undefined} */
let child
/** @type {NodeJS.Signals | undefined} */
let stoppedBy

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(`\nhale: ${error.message}`)
  process.exitCode = 1
}

/** @param {string[]} args */
async function main([name, ...args]) {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new Failure(`Node ${process.version} is too old to start this: use Node 20 or later`)
  }
  const task = tasks[name ?? '']
  if (task === undefined)
    throw new Failure(`no task ${name}: expected one of ${Object.keys(tasks).join(', ')}`)
  if (name === 'test') selectSteps(args) // a mistyped step is told before a long install
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, stop)
  ensureInstalled()
  return task(args)
}

/**
 * The steps that `--only a,b` names; all of them without it.
 * @param {string[]} args
 */
function selectSteps(args) {
  const known = Object.keys(steps)
  const asked = args.flatMap((arg, index) => {
    if (arg.startsWith('--only=')) return arg.slice('--only='.length).split(',')
    if (args[index - 1] === '--only') return arg.split(',')
    if (arg === '--only' && args[index + 1] !== undefined) return []
    throw new Failure(`cannot read ${arg}: expected --only followed by one of ${known.join(', ')}`)
  })
  const unknown = asked.filter((step) => !known.includes(step))
  if (unknown.length > 0)
    throw new Failure(`no step ${unknown.join(', ')}: expected one of ${known.join(', ')}`)
  return asked.length === 0 ? known : known.filter((step) => asked.includes(step))
}

/**
 * Runs the steps until one fails, then shows how each went.
 * @param {string[]} names
 */
async function test(names) {
  /** @type {{ name: string, result: 'passed' | 'failed' | 'not run', tookMs: number }[]} */
  const rows = names.map((name) => ({ name, result: 'not run', tookMs: 0 }))
  for (const row of rows) {
    console.log(`\n▶ ${row.name}`)
    const startedAt = performance.now()
    row.result = (await runAll(steps[row.name] ?? [])) ? 'passed' : 'failed'
    row.tookMs = performance.now() - startedAt
    console.log(
      `${row.result === 'passed' ? '✔' : '✖'} ${row.name} ${row.result} in ${seconds(row.tookMs)}`,
    )
    if (row.result === 'failed') break
  }
  console.log()
  for (const { name, result, tookMs } of rows) {
    console.log(
      `${name.padEnd(12)} ${result.padEnd(8)} ${result === 'not run' ? '' : seconds(tookMs).padStart(8)}`.trimEnd(),
    )
  }
  const failed = rows.filter(({ result }) => result === 'failed').length
  console.log(
    `\n${rows.filter(({ result }) => result === 'passed').length} passed, ${failed} failed`,
  )
  return stoppedBy === undefined ? Math.min(failed, 1) : exitCodeOf(stoppedBy)
}

/** @param {readonly (readonly string[])[]} commands */
async function runAll(commands) {
  for (const command of commands) {
    if (stoppedBy !== undefined || (await run(command, 'ignore')) !== 0) return false
  }
  return true
}

/**
 * Runs one command on the repository's own Node and gives its exit code.
 * @param {readonly string[]} command
 * @param {'inherit' | 'ignore'} stdin
 * @returns {Promise<number>}
 */
function run([command = '', ...args], stdin) {
  return new Promise((resolve, reject) => {
    const onWindows = process.platform === 'win32'
    child = spawn(command, args, {
      cwd: root,
      env: taskEnv(),
      shell: onWindows,
      stdio: [stdin, 'inherit', 'inherit'],
    })
    child.once('error', (error) =>
      reject(new Failure(`could not run ${command}: ${error.message}`)),
    )
    child.once('exit', (code, signal) => {
      child = undefined
      resolve(code ?? (signal === null ? 1 : exitCodeOf(signal)))
    })
  })
}

function taskEnv() {
  const { FORCE_COLOR: _, ...plain } = repositoryEnv()
  return isPlain ? { ...plain, NO_COLOR: '1' } : repositoryEnv()
}

/**
 * Ends the running command, and after a grace period whatever it left running.
 * A terminal sends its Ctrl-C to all of us, so only what came to this process alone is passed on.
 * @param {NodeJS.Signals} signal
 */
function stop(signal) {
  const again = stoppedBy !== undefined
  stoppedBy = signal
  if (child?.pid === undefined) process.exit(exitCodeOf(signal))
  const { pid } = child
  if (again) return endTree(pid, 'SIGKILL')
  if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  setTimeout(() => endTree(pid, 'SIGTERM'), 4000).unref()
  setTimeout(() => endTree(pid, 'SIGKILL'), 8000).unref()
}

/**
 * Signals a process and all its descendants.
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function endTree(pid, signal) {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const tree = new Set([pid])
  // ps lists parents before or after their children, so look until nothing new turns up.
  for (let size = 0; size !== tree.size; ) {
    size = tree.size
    for (const [id, parent] of pairs) if (id && parent && tree.has(parent)) tree.add(id)
  }
  for (const id of tree) {
    try {
      process.kill(id, signal)
    } catch {} // it has ended meanwhile
  }
}

/** @param {NodeJS.Signals} signal */
function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0)
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}
