import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { startChild } from '../child.ts'
import { pools, type Role, roles } from '../contenders/trio.ts'
import { align } from '../report.ts'
import { type Spread, spreadOf } from '../statistics.ts'
import type { MemoryTask, WeighQuestion } from './memory-process.ts'
import { retainedBytes } from './retained-bytes.ts'

/** Processes per contender, in turn. */
const weighings = 5
/** What so many connections take more than so few; what the pool takes by itself is in both. */
const few = 10
const many = 60

interface Weighed {
  readonly role: Role
  readonly bytesPerConnection: Spread
}

/** Retained bytes per connection: what is alive on the heap and what hangs on it, code aside. */
export const memory: Bench = {
  name: 'memory',
  title: `Retained memory per connection, after 200 statements each (${few} to ${many} connections)`,
  async run(connectionString) {
    const bytes = new Map<Role, number[]>(roles.map((role) => [role, []]))
    for (let weighing = 0; weighing < weighings; weighing += 1) {
      for (const [role, found] of bytes) found.push(await weigh(role, connectionString))
    }
    const results = [...bytes].map(([role, found]): Weighed => {
      return { role, bytesPerConnection: spreadOf(found) }
    })
    return { table: render(results), verdicts: [], results }
  },
}

async function weigh(role: Role, connectionString: string): Promise<number> {
  const task: MemoryTask = { role, connectionString, max: many }
  const module = new URL('./memory-process.ts', import.meta.url)
  const folder = await mkdtemp(join(tmpdir(), 'hale-memory-'))
  const file = join(folder, 'alive.heapsnapshot')
  try {
    await using process = startChild<WeighQuestion, void>(module, task)
    const weighed: number[] = []
    for (const connections of [few, few, many]) {
      await process.ask({ connections, file })
      weighed.push(retainedBytes(await readFile(file, 'utf8')))
    }
    const [, before = Number.NaN, after = Number.NaN] = weighed // the first loads what is needed
    return (after - before) / (many - few)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function render(results: readonly Weighed[]): string {
  const usual = results.find(({ role }) => role === 'baseline')?.bytesPerConnection.median
  const rows = results.map(({ role, bytesPerConnection: { p10, median, p90 } }) => [
    pools.names[role],
    inKiB(median),
    'KiB/connection',
    (median / (usual ?? Number.NaN)).toFixed(3),
    `${inKiB(p10)}..${inKiB(p90)}`,
  ])
  return align([['contender', 'median', 'unit', 'ratio', 'p10..p90'], ...rows])
}

function inKiB(bytes: number): string {
  return (bytes / 1_024).toFixed(2)
}
