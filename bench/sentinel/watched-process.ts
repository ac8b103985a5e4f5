import { setTimeout as pause } from 'node:timers/promises'
import { HealthAwarePool } from '@hale/pg'
import { answerParent, taskOfParent } from '../child.ts'

/** A process with a pool that does nothing, and what that costs it. */
export interface WatchedTask {
  readonly connectionString: string
  readonly connections: number
  readonly isLeased: boolean
  readonly isWatched: boolean
}

export interface SliceQuestion {
  readonly ms: number
}

const { connectionString, connections, isLeased, isWatched } = taskOfParent<WatchedTask>()
const pool = new HealthAwarePool({
  connectionString,
  max: connections,
  idleTimeoutMillis: 3_600_000,
  ...(!isWatched && { sentinel: false }),
})
const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
if (!isLeased) for (const client of clients) client.release()
await pause(3_000) // what is learned at first, and compiled

answerParent<SliceQuestion, number>(
  async ({ ms }) => {
    const before = process.cpuUsage()
    await pause(ms)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000 / ms
  },
  async () => {
    if (isLeased) for (const client of clients) client.release()
    await pool.end()
  },
)
