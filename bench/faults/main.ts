import { isPgBouncerInstalled, whyNoPgBouncer } from '@hale/testkit'
import { runProgram } from '../command-line.ts'
import { contenderPackages } from '../contenders/contender.ts'
import { keptOf, readResults, versionsOf, writeResults } from '../proof/results.ts'
import { allFaults } from './catalogue/all-faults.ts'
import type { Fault } from './fault.ts'
import type { Cell } from './measure.ts'
import { type FaultOptions, readFaultOptions, usage } from './options.ts'
import { playFault } from './play-fault.ts'
import { renderBroken, renderCells, renderDefeats } from './report.ts'
import { openStage } from './stage.ts'
import { defeatsOf } from './verdicts.ts'

await runProgram(async () => {
  const options = readFaultOptions(process.argv.slice(2))
  if (options.help) print(usage)
  else await playAll(options)
})

async function playAll({ faults, contenders, save }: FaultOptions): Promise<void> {
  const cells: Cell[] = []
  let postgresql = ''
  for (const fault of faults) {
    if (!canPlay(fault)) continue
    print(`\n${fault.title}: ${fault.what}\n`)
    await using stage = await openStage(fault.surroundings)
    postgresql ||= await versionOf(stage)
    const played = await playFault(fault, contenders, stage)
    print(`\n${renderCells(played)}\n${renderBroken(fault, played)}`)
    cells.push(...played)
  }
  print(`\n${renderDefeats(defeatsOf(cells))}\n`)
  if (save) await saveCells(cells, { ...versionsOf(contenderPackages), postgresql })
}

/** Rows that were played again replace those that are there: each row is a run of its own, on one server. */
async function saveCells(
  cells: readonly Cell[],
  versions: Readonly<Record<string, string>>,
): Promise<void> {
  const before = await readResults<readonly Cell[]>('faults')
  const played = new Set(cells.map(({ fault }) => fault))
  const kept = keptOf(before?.found ?? [], ({ fault }) => played.has(fault), {
    saved: before?.versions,
    now: versions,
  })
  const all = [...kept, ...cells]
  await writeResults({
    bench: 'faults',
    command: 'npm run bench:faults -- --save',
    versions,
    found: allFaults.flatMap(({ id }) => all.filter(({ fault }) => fault === id)),
  })
}

function canPlay({ id, surroundings }: Fault): boolean {
  if (surroundings !== 'pgbouncer' || isPgBouncerInstalled()) return true
  print(`\n${id}: left out. ${whyNoPgBouncer()}\n`)
  return false
}

async function versionOf({ admin }: Awaited<ReturnType<typeof openStage>>): Promise<string> {
  const { rows } = await admin.query<{ server_version: string }>('show server_version')
  return rows[0]?.server_version ?? 'unknown'
}

function print(text: string): void {
  process.stdout.write(text)
}
