// `npm test` and `npm run demo`: installs what is missing, then runs the task on the repository's own Node.
// Plain JavaScript for Node >= 20, with no dependencies: it starts before anything is installed.
import { isPlain, run, stopOnSignals, stoppedBy } from './child.mjs'
import { ensureInstalled, Failure } from './install.mjs'

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
    ['tsc', '-p', 'packages/dashboard/tsconfig.page.json'],
    ['tsc', '-p', 'packages/kysely/tsconfig.kysely-0.28.json'],
    ['tsc', '-p', 'packages/kysely/tsconfig.kysely-0.30.json'],
    ['tsc', '-p', 'packages/drizzle/tsconfig.drizzle-1.0.json'],
  ],
  lint: [
    ['biome', 'ci', '--error-on-warnings', ...(isPlain ? ['--colors=off'] : []), '.'],
    ['knip', '--no-config-hints'],
    ['node', 'scripts/build-page.ts', '--check'],
  ],
  // coverage slows down whatever runs beside it, the simulations of detection most of all
  // unit:* and integration:* are the adapters' with other versions of what they adapt to
  unit: [
    [
      ...vitest,
      'unit*',
      'packages/core',
      'packages/testkit',
      'packages/kysely',
      'packages/drizzle',
      'packages/opentelemetry',
      'packages/prometheus',
      'packages/dashboard',
      'packages/cli',
      'demo',
      'bench',
    ],
    [...vitest, 'unit', 'packages/pg/test', '--coverage'],
  ],
  integration: [[...vitest, 'integration*']],
  packaging: [['node', 'scripts/check-packages.ts']],
  examples: [
    ['node', 'scripts/run-examples.ts'],
    ['node', ownPackages, 'demo/main.ts', '--quick'],
  ],
}

/** @type {Readonly<Record<string, (args: string[]) => Promise<number>>>} */
const tasks = {
  demo: (args) => run(['node', ownPackages, 'demo/main.ts', ...args], 'inherit'),
  test: (args) => test(selectSteps(args)),
  // Any tool of the repository on its own Node: `node scripts/run.mjs exec biome format .`
  exec: (args) => run(args, 'inherit'),
}

try {
  const code = await main(process.argv.slice(2))
  process.exitCode = stoppedBy() ?? code
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
  ensureInstalled()
  stopOnSignals()
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
  return Math.min(failed, 1)
}

/** @param {readonly (readonly string[])[]} commands */
async function runAll(commands) {
  for (const command of commands) {
    if (stoppedBy() !== undefined || (await run(command, 'ignore')) !== 0) return false
  }
  return true
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}
