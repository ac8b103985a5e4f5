import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from '../child.ts'
import { retainedBytes } from './retained-bytes.ts'

/** Opens connections until there are so many; what is alive then is to be written to `file`. */
export interface WeighQuestion {
  readonly connections: number
  readonly file: string
}

/** What so many connections take more than so few; what the pool takes by itself is in both. */
export const few = 10
export const many = 60

/** Bytes on the heap per connection, as a process of `module` finds them, which answers a `WeighQuestion`. */
export async function weighConnections(module: URL, task: object): Promise<number> {
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
