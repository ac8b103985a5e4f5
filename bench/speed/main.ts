import { availableParallelism, cpus, loadavg } from 'node:os'
import { startPostgres } from '@hale/testkit'
import { runProgram } from '../command-line.ts'
import { contenderPackages } from '../contenders/contender.ts'
import { versionsOf, writeResults } from '../proof/results.ts'
import { renderVerdict } from '../report.ts'
import type { Part, PartContext, PartPlan, SpeedFound } from './figure.ts'
import { readSpeedOptions, type SpeedOptions, usage } from './options.ts'
import { parts } from './parts/all-parts.ts'
import { renderPart } from './table.ts'

/** What Hale costs beside pg-pool, beside the other contenders, and beside OpenTelemetry's instrumentation. */

const names = parts.map(({ name }) => name)
const tracing = ['api', 'instrumentation', 'instrumentation-pg', 'sdk-trace']

await runProgram(async () => {
  const options = readSpeedOptions(process.argv.slice(2), names)
  if (options.help) print(usage(names))
  else await runAll(options)
})

async function runAll({ rounds, only, save }: SpeedOptions): Promise<void> {
  // each contender may have ten connections, and sixty when it is weighed
  await using postgres = await startPostgres({ settings: { max_connections: '250' } })
  const { connectionString } = postgres
  const cores = availableParallelism()
  print(`Node ${process.version} on ${cores} × ${cpus()[0]?.model.trim()}; rounds: ${rounds}\n`)
  const found: Part[] = []
  for (const part of parts) {
    if (!only.includes(part.name)) continue
    found.push(await runPart(part, { connectionString, rounds }))
  }
  const goals = found.flatMap((part) => part.goals)
  if (goals.length > 0) print(`\n${goals.map(renderVerdict).join('\n')}\n`)
  const load = loadavg().map((mean) => mean.toFixed(1))
  print(`\nLoad average: ${load.join(' ')} on ${cores} cores\n`)
  if (save) await writeResults<SpeedFound>({ ...described(), found: { rounds, parts: found } })
}

async function runPart(plan: PartPlan, context: PartContext): Promise<Part> {
  const startedAt = performance.now()
  const part = await plan.run(context).catch((error) => failedPart(plan, error))
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
  print(`\n${part.title} (${seconds} s)\n\n${renderPart(part)}\n`)
  return part
}

/** The other parts are worth having all the same. */
function failedPart({ name, title }: PartPlan, error: unknown): Part {
  return { name, title, method: '', figures: [], goals: [], failures: [String(error)] }
}

function described(): { bench: string; command: string; versions: Record<string, string> } {
  const packages = [...contenderPackages, ...tracing.map((name) => `@opentelemetry/${name}`)]
  return {
    bench: 'speed',
    command: 'npm run bench:speed -- --save',
    versions: versionsOf(packages),
  }
}

function print(text: string): void {
  process.stdout.write(text)
}
