import type { Bench } from '../bench.ts'
import { pools, type Role, roles } from '../contenders/trio.ts'
import { align } from '../report.ts'
import { type Spread, spreadOf } from '../statistics.ts'
import type { MemoryTask } from './memory-process.ts'
import { few, many, weighConnections } from './weigh.ts'

/** Processes per contender, in turn. */
const weighings = 5

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

function weigh(role: Role, connectionString: string): Promise<number> {
  const task: MemoryTask = { role, connectionString, max: many }
  return weighConnections(new URL('./memory-process.ts', import.meta.url), task)
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
