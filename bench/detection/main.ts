import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { runProgram } from '../command-line.ts'
import { createContender } from './contenders/create-contender.ts'
import { type DetectionOptions, readOptions, usage } from './options.ts'
import { judgeGoals } from './report/goals.ts'
import { renderMarkdown, renderText } from './report/render.ts'
import type { Outcome } from './runner/run.ts'
import { runAll } from './runner/run-all.ts'
import { Simulation } from './runner/simulation.ts'
import { allScenarios, scenarioNamed } from './scenarios/all-scenarios.ts'

const names = allScenarios.map(({ name }) => name)

await runProgram(async () => {
  const options = readOptions(process.argv.slice(2), names, availableParallelism())
  if (options.help) print(usage(names))
  else if (options.trace !== undefined) printTrace(options.trace, options)
  else await report(options)
})

async function report({
  seeds,
  scenarios,
  contenders,
  ...options
}: DetectionOptions): Promise<void> {
  const runs = scenarios.flatMap((scenario) =>
    seeds.flatMap((seed) => contenders.map((contender) => ({ scenario, seed, contender }))),
  )
  const startedAt = performance.now()
  const outcomes = await runAll(runs, options.workers, (done) => showProgress(done, runs.length))
  const tookS = (performance.now() - startedAt) / 1_000
  print(`${options.markdown ? renderMarkdown(outcomes) : renderText(outcomes)}\n`)
  print(`\n${describeCost(outcomes, tookS)}; seeds from ${seeds[0]} on\n`)
  if (options.json !== undefined) {
    const text = JSON.stringify({ seeds, goals: judgeGoals(outcomes), outcomes }, undefined, 1)
    await writeFile(options.json, `${text}\n`)
  }
}

function describeCost(outcomes: readonly Outcome[], tookS: number): string {
  const statements = outcomes.reduce((sum, outcome) => sum + outcome.statements, 0)
  const busyMs = outcomes.reduce((sum, outcome) => sum + outcome.tookMs, 0)
  const nsEach = ((busyMs * 1e6) / statements).toFixed(0)
  const millions = (statements / 1e6).toFixed(1)
  return `${outcomes.length} runs, ${millions} M statements in ${tookS.toFixed(0)} s, ${nsEach} ns each`
}

/** Prints what happens as it happens, each line with its instant of virtual time. */
function printTrace(
  { scenario, seed }: { readonly scenario: string; readonly seed: number },
  { contenders }: DetectionOptions,
): void {
  for (const contender of contenders) {
    print(`\n${scenario}:${seed}, ${contender}\n`)
    const simulation: Simulation = new Simulation(
      scenarioNamed(scenario),
      seed,
      (ports) => createContender(contender, ports),
      (text) => print(`${(simulation.world.now / 1_000).toFixed(3).padStart(9)} s  ${text}\n`),
    )
    simulation.run()
  }
}

function showProgress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} runs`)
  if (process.stderr.isTTY && done === total) process.stderr.write('\r\x1b[K')
}

function print(text: string): void {
  process.stdout.write(text)
}
