import { setTimeout as pause } from 'node:timers/promises'
import type { HealthAwarePoolOptions } from '@hale/pg'
import { answerParent, taskOfParent } from '../../child.ts'
import { openPool } from '../open-pool.ts'

/** A process with a pool whose connections are open and do nothing. */
export interface IdleTask {
  readonly name: 'hale-pg' | 'pg-pool'
  readonly connections: number
  readonly options: HealthAwarePoolOptions
}

export interface IdleQuestion {
  readonly ms: number
}

const { name, connections, options } = taskOfParent<IdleTask>()
const pool = await openPool(name, { ...options, max: connections, idleTimeoutMillis: 3_600_000 })
const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
for (const client of clients) client.release()
await pause(3_000) // what is learned at first, and compiled

/** CPU time in µs per second. */
answerParent<IdleQuestion, number>(
  async ({ ms }) => {
    const before = process.cpuUsage()
    await pause(ms)
    const { user, system } = process.cpuUsage(before)
    return ((user + system) / ms) * 1_000
  },
  () => pool.end(),
)
