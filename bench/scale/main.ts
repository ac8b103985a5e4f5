// 500 instances of an application on one server that fails over, on virtual time; and what Hale's own work costs
// as pools and their traffic grow, on real time.
import { availableParallelism } from 'node:os'
import { runProgram } from '../command-line.ts'
import { versionsOf, writeResults } from '../proof/results.ts'
import { runAll } from './fleet/run-all.ts'
import { scenarios } from './fleet/scenarios.ts'
import { poolMax, type Run, sliceMs, traffic } from './fleet/simulate.ts'
import { summarise } from './fleet/summarise.ts'
import { variants } from './fleet/variants.ts'
import type { ScaleFound } from './found.ts'
import { measureGrowth } from './growth/measure-growth.ts'
import { measureLoginCost } from './login-cost.ts'
import { readOptions, type ScaleOptions, usage } from './options.ts'
import { renderFailover, renderGrowth, renderLogin } from './report/render.ts'
import { serverModel } from './server/server-model.ts'

await runProgram(async () => {
  const options = readOptions(process.argv.slice(2))
  if (options.help) print(usage)
  else await run(options)
})

async function run(options: ScaleOptions): Promise<void> {
  const { instances, seeds, save } = options
  const startedAt = performance.now()
  // real time first, while nothing else runs here
  const login = (await measureLoginCost()) ?? null
  print(renderLogin(login, serverModel))
  const growth = await measureGrowth()
  print(renderGrowth(growth))
  const failovers = await simulateAll(options)
  for (const failover of failovers) print(renderFailover(failover))
  print(`\n${((performance.now() - startedAt) / 1_000).toFixed(0)} s in all\n`)
  if (!save) return
  const found: ScaleFound = {
    instances,
    seeds,
    callersPerSecond: traffic.callersPerSecond,
    deadlineMs: traffic.deadlineMs,
    poolMax,
    maxConnections: instances * serverModel.connectionsPerInstance,
    model: serverModel,
    login,
    sliceMs,
    failovers,
    growth,
  }
  const isDefault = process.argv.length === 3
  const command = isDefault
    ? 'npm run bench:scale -- --save'
    : `npm run bench:scale -- --instances ${instances} --seeds ${seeds} --save`
  await writeResults({ bench: 'scale', command, versions: versionsOf(['pg']), found })
}

async function simulateAll({ instances, seeds }: ScaleOptions): Promise<ScaleFound['failovers']> {
  const cases = scenarios.flatMap((scenario) => variants.map((variant) => ({ scenario, variant })))
  const runs: Run[] = cases.flatMap(({ scenario, variant }) =>
    Array.from({ length: seeds }, (_, n) => ({
      scenario: scenario.name,
      variant: variant.name,
      instances,
      seed: n + 1,
    })),
  )
  let done = 0
  const outcomes = await runAll(runs, availableParallelism(), () => {
    done += 1
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${runs.length} simulations `)
  })
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  return scenarios.map((scenario) => ({
    scenario,
    fleets: variants.map((variant) => {
      const own = outcomes.filter((each) => {
        return each.scenario === scenario.name && each.variant === variant.name
      })
      return summarise(variant, own, scenario)
    }),
  }))
}

function print(text: string): void {
  process.stdout.write(text)
}
