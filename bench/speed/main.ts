import { availableParallelism, cpus, loadavg } from 'node:os'
import { startPostgres } from '@hale/testkit'
import { runProgram } from '../command-line.ts'
import { contenderPackages } from '../contenders/contender.ts'
import { keptOf, readResults, versionsOf, writeResults } from '../proof/results.ts'
import { renderVerdict } from '../report.ts'
import type { Part, PartPlan, SpeedFound } from './figure.ts'
import { onOneCore } from './one-core.ts'
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
  const cores = availableParallelism()
  print(`Node ${process.version} on ${cores} × ${cpus()[0]?.model.trim()}; rounds: ${rounds}\n`)
  const found: Part[] = []
  for (const part of parts) {
    if (!only.includes(part.name)) continue
    found.push(await runPart(part, rounds))
  }
  const goals = found.flatMap((part) => part.goals)
  if (goals.length > 0) print(`\n${goals.map(renderVerdict).join('\n')}\n`)
  const load = loadavg().map((mean) => mean.toFixed(1))
  print(`\nLoad average: ${load.join(' ')} on ${cores} cores\n`)
  if (save) await saveParts(found)
}

async function runPart(plan: PartPlan, rounds: number): Promise<Part> {
  const startedAt = performance.now()
  const part = await measurePart(plan, rounds).catch((error) => failedPart(plan, error))
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
  print(`\n${part.title} (${seconds} s)\n\n${renderPart(part)}\n`)
  return part
}

/** A part has a server of its own, which is where the part is: on one core, or on all of them. */
function measurePart(plan: PartPlan, rounds: number): Promise<Part> {
  const measure = async (isOnOneCore: boolean): Promise<Part> => {
    // each contender may have ten connections, and sixty when it is weighed
    await using postgres = await startPostgres({ settings: { max_connections: '250' } })
    const { connectionString } = postgres
    return await plan.run({ connectionString, rounds, isOnOneCore })
  }
  return plan.isForOneCore ? onOneCore(measure) : measure(false)
}

/** The other parts are worth having all the same. */
function failedPart({ name, title }: PartPlan, error: unknown): Part {
  return { name, title, method: '', figures: [], goals: [], failures: [String(error)] }
}

/** Parts that were measured again replace those that are there. */
async function saveParts(measured: readonly Part[]): Promise<void> {
  const packages = [...contenderPackages, ...tracing.map((name) => `@opentelemetry/${name}`)]
  const versions = versionsOf(packages)
  const before = await readResults<SpeedFound>('speed')
  const again = new Set(measured.map(({ name }) => name))
  const kept = keptOf(before?.found.parts ?? [], ({ name }) => again.has(name), {
    saved: before?.versions,
    now: versions,
  })
  const all = [...kept, ...measured]
  await writeResults<SpeedFound>({
    bench: 'speed',
    command: 'npm run bench:speed -- --save',
    versions,
    found: { parts: names.flatMap((name) => all.filter((part) => part.name === name)) },
  })
}

function print(text: string): void {
  process.stdout.write(text)
}
