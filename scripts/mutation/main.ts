// Puts each deliberate bug into the sources, runs the tests that have to catch it, and says which did.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../workspace.mjs'
import type { Mutant } from './mutant.ts'
import { applyMutant, mutants, pathOf } from './mutants.ts'
import { engineSuite, type Suite } from './suites.ts'

/** Sequences that the model is tried with first, and with which a bug that survives these. */
const modelRuns = [2_000, 10_000] as const

/** The same sequences for each bug, so that the same test catches it each time. */
const modelSeed = '1'

/** A bug that makes the tests hang is caught as well: so many times longer than without any bug. */
const patience = 4
const timeLimits = new Map<Suite, number>()
const firstTimeLimitMs = 120_000

const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
)

interface Outcome {
  readonly result: 'caught' | 'survived' | 'broken'
  /** What caught it, or what went wrong. */
  readonly by: readonly string[]
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly Assertion[]
  }[]
}

interface Assertion {
  readonly title: string
  readonly ancestorTitles: readonly string[]
  readonly status: string
  readonly failureMessages: readonly string[]
}

const { only, markdown } = parseArgs({
  options: { only: { type: 'string' }, markdown: { type: 'boolean' } },
}).values
process.exitCode = await main()

async function main(): Promise<number> {
  const names = new Set(mutants.map(({ name }) => name))
  if (names.size < mutants.length) throw new Error('two deliberate bugs have one name')
  for (const mutant of mutants) {
    applyMutant(mutant, await readFile(join(root, pathOf(mutant)), 'utf8'))
  }
  const chosen = mutants.filter(({ name }) => only === undefined || name.includes(only))
  for (const suite of new Set(chosen.map(suiteOf))) {
    const startedAt = performance.now()
    const baseline = await check(undefined, suite)
    timeLimits.set(suite, Math.ceil(patience * (performance.now() - startedAt)))
    if (baseline.result !== 'survived') {
      print(`${suite.project} ${suite.path} fails without any bug: ${baseline.by.join('; ')}\n`)
      return 1
    }
  }
  const rows: string[] = []
  let missed = 0
  for (const mutant of chosen) {
    const mutantAt = performance.now()
    const { result, by } = await check(mutant, suiteOf(mutant))
    if (result !== 'caught') missed += 1
    const took = `${((performance.now() - mutantAt) / 1000).toFixed(1)} s`
    print(`${result.padEnd(8)} ${took.padStart(7)}  ${mutant.name}\n`)
    print(`${' '.repeat(18)}${by.join('; ')}\n`)
    rows.push(`| ${mutant.name} | ${by.slice(-2).join('; ')} |\n`)
  }
  print(`\n${chosen.length - missed} of ${chosen.length} caught\n`)
  if (markdown) print(`\n| bug | caught by |\n| --- | --- |\n${rows.join('')}`)
  return Math.min(missed, 1)
}

function suiteOf({ suite = engineSuite }: Mutant): Suite {
  return suite
}

/** Tries few sequences of the model first: most bugs show at once. */
async function check(mutant: Mutant | undefined, suite: Suite): Promise<Outcome> {
  const [few, many] = modelRuns
  const outcome = await runTests(mutant, suite, few)
  const mayShowLater = suite === engineSuite && outcome.result === 'survived'
  return mayShowLater ? runTests(mutant, suite, many) : outcome
}

async function runTests(mutant: Mutant | undefined, suite: Suite, runs: number): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'hale-mutants-'))
  const reportFile = join(folder, 'report.json')
  const flags = ['--project', suite.project, '--bail', '1', '--reporter', 'json']
  // threads die with the process, also one that is caught in an endless loop
  if (suite === engineSuite) flags.push('--pool', 'threads')
  const args = ['--config', 'vitest.workspace.ts', 'run', ...flags, '--outputFile', reportFile]
  const env = {
    ...process.env,
    HALE_MODEL_RUNS: String(runs),
    HALE_MODEL_SEED: modelSeed,
    HALE_SCHEDULE_RUNS: String(runs / 4),
    ...(mutant !== undefined && { HALE_MUTANT: mutant.name }),
  }
  try {
    const ended = await run(
      [vitest, ...args, suite.path],
      env,
      timeLimits.get(suite) ?? firstTimeLimitMs,
    )
    if (ended === 'out of time') return { result: 'caught', by: ['the tests hang'] }
    // what loops for ever may use up the memory first
    if (ended === 'failed' && !existsSync(reportFile))
      return { result: 'caught', by: ['the tests die'] }
    return judge(JSON.parse(await readFile(reportFile, 'utf8')), ended)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  timeLimitMs: number,
): Promise<'passed' | 'failed' | 'out of time'> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      stdio: 'ignore',
      timeout: timeLimitMs,
      killSignal: 'SIGKILL',
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (signal !== null) resolve('out of time')
      else resolve(code === 0 ? 'passed' : 'failed')
    })
  })
}

function judge({ testResults }: Report, ended: 'passed' | 'failed'): Outcome {
  const by: string[] = []
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed')
    if (failed !== undefined) by.push(describeFailure(basename(name), failed))
  }
  if (by.length > 0) return { result: 'caught', by: by.sort() }
  if (ended === 'passed') return { result: 'survived', by }
  // not even one test ran: that says nothing of the tests
  return { result: 'broken', by: testResults.map(({ message }) => message).filter(Boolean) }
}

/** The law of the model that was broken, or the test that failed. */
function describeFailure(file: string, failed: Assertion): string {
  const { title, ancestorTitles, failureMessages } = failed
  const [suite = '', ...within] = ancestorTitles
  if (suite.startsWith('conformance of ')) return [...within, title].join(' ')
  if (!file.endsWith('.property.test.ts')) return `\`${file}\`: ${title}`
  const law = /Got (?:error|\w+Error): (?:bug: )?(.*)/.exec(failureMessages.join('\n'))?.[1]
  if (law === undefined) return 'model: it takes too long'
  return `model: ${law
    .replace(/: \{.*/, '')
    .replaceAll(/\d+/g, 'n')
    .slice(0, 60)}`
}

function print(text: string): void {
  process.stdout.write(text)
}
