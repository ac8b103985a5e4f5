import { setTimeout as pause } from 'node:timers/promises'
import { writeHeapSnapshot } from 'node:v8'
import type pg from 'pg'
import { answerParent, taskOfParent } from '../child.ts'
import { pools, type Role } from '../contenders/trio.ts'
import type { WeighQuestion } from './weigh.ts'

/** What a process is started with that opens connections and weighs itself. */
export interface MemoryTask {
  readonly role: Role
  readonly connectionString: string
  readonly max: number
}

const { role, connectionString, max } = taskOfParent<MemoryTask>()
const pool = pools.createPool(role, { connectionString, max })
answerParent(weigh, () => pool.end())

/** Statements that each connection has run before it is weighed, and how often. */
const texts = Array.from({ length: 20 }, (_, n) => `select ${n} as c${n}, $1::int as given`)
const repeats = 10
/** A sweep keeps an assessment of each connection. */
const sweptAfterMs = 600

async function weigh({ connections, file }: WeighQuestion): Promise<void> {
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
  await Promise.all(clients.map(work))
  for (const client of clients) client.release()
  await pause(sweptAfterMs)
  writeHeapSnapshot(file)
}

async function work(client: pg.PoolClient): Promise<void> {
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const text of texts) await client.query(text, [repeat])
  }
}
