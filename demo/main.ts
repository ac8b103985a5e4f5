import { writeFile } from 'node:fs/promises'
import { Cleanups } from '../packages/cli/src/demo/cleanups.ts'
import { presentDemo } from '../packages/cli/src/demo/present-demo.ts'
import { watchQuit } from '../packages/cli/src/demo/until-quit.ts'
import { type DemoOptions, help, parseOptions } from './options.ts'
import { renderLegend } from './report/legend.ts'
import { Progress } from './report/progress.ts'
import { renderTable } from './report/summary.ts'
import { openShop } from './serve/open-shop.ts'
import { problemsOf } from './stage/outcome.ts'
import { play } from './stage/play.ts'

const exitCodes = { wordBroken: 1, failed: 2, usage: 64, interrupted: 130 } as const

const { stdout, stderr } = process

async function run(options: DemoOptions, signal: AbortSignal): Promise<number> {
  const progress = new Progress(stdout, stdout.isTTY && process.env['CI'] !== 'true')
  const outcome = await play({ quick: options.quick, signal, progress })
  if (options.json !== undefined)
    await writeFile(options.json, `${JSON.stringify(outcome, undefined, 2)}\n`)
  stdout.write(`\n${renderTable(outcome)}\n${renderLegend(outcome)}\n`)
  const problems = problemsOf('hale', outcome)
  for (const problem of problems) stderr.write(`Hale did not keep its word: ${problem}\n`)
  return problems.length === 0 ? 0 : exitCodes.wordBroken
}

/** Keeps the shop open until the visitor ends it. */
async function serve({ port }: DemoOptions): Promise<number> {
  const quit = watchQuit({ stdin: process.stdin, signals: process })
  const cleanups = new Cleanups()
  try {
    stdout.write('PostgreSQL is starting.\n')
    await presentDemo({ ...(await openShop(cleanups)), port }, process, quit.signal)
    return 0
  } finally {
    quit.stop()
    for (const left of await cleanups.run()) stderr.write(`the demo could not remove ${left}\n`)
  }
}

/** Ctrl-C once cleans up and leaves; twice leaves. */
function abortOnSignals(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted)
      controller.abort()
    })
  }
  return controller.signal
}

async function main(): Promise<number> {
  let options: DemoOptions
  try {
    options = parseOptions(process.argv.slice(2))
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : error}\n\n${help}\n`)
    return exitCodes.usage
  }
  if (options.help) {
    stdout.write(`${help}\n`)
    return 0
  }
  if (options.serve) return serve(options)
  const signal = abortOnSignals()
  try {
    return await run(options, signal)
  } catch (error) {
    if (signal.aborted) {
      stderr.write('\ninterrupted; everything is cleaned up\n')
      return exitCodes.interrupted
    }
    stderr.write(
      `\nthe demo could not run: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`,
    )
    return exitCodes.failed
  }
}

process.exitCode = await main()
