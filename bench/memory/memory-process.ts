import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { answerParent, taskOfParent } from '../child.ts'
import { type ContenderName, createPool } from '../contenders.ts'

/** What a process is started with that opens connections and weighs itself. */
export interface MemoryTask {
  readonly contender: ContenderName
  readonly connectionString: string
  readonly max: number
}

/** Opens connections until there are so many. */
export interface WeighQuestion {
  readonly connections: number
}

const { contender, connectionString, max } = taskOfParent<MemoryTask>()
const pool = createPool(contender, { connectionString, max })
answerParent(weigh, () => pool.end())

/** Statements that each connection has run before it is weighed, and how often. */
const texts = Array.from({ length: 20 }, (_, n) => `select ${n} as c${n}, $1::int as given`)
const repeats = 10

/** Bytes retained by this process once `connections` are open and have worked. */
async function weigh({ connections }: WeighQuestion): Promise<number> {
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
  await Promise.all(clients.map(work))
  for (const client of clients) client.release()
  return retained()
}

async function work(client: pg.PoolClient): Promise<void> {
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const text of texts) await client.query(text, [repeat])
  }
}

async function retained(): Promise<number> {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('to be started with --expose-gc')
  for (let round = 0; round < 5; round += 1) {
    await gc({ type: 'major', execution: 'async' })
    await pause(20) // for what is freed a turn later
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
