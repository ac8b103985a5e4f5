import type { Duplex } from 'node:stream'
import type pg from 'pg'
import { LoopbackSocket } from '../loopback-server.ts'
import { type Case, cpuPer, nsPer, perSecond, type Scenario } from '../scenario.ts'

const sliceMs = 150

type Work = (pool: pg.Pool) => Promise<unknown>

/** `callers` that each do the next piece of work as soon as their last one is done. */
export async function runWith<Subject>(
  callers: number,
  work: (subject: Subject) => Promise<unknown>,
  pool: Subject,
  count: number,
): Promise<void> {
  let left = count
  const call = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await work(pool)
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
}

function callersCase(callers: number, work: Work, goalName?: string): Case {
  const name = `${callers} caller${callers === 1 ? '' : 's'}`
  const goal = goalName === undefined ? undefined : { name: `${goalName}, ${name}`, atLeast: 0.99 }
  const cpuGoal = goal && { name: `CPU of ${goal.name}`, atMost: 1.02 }
  return {
    name,
    pool: { max: 10 },
    sliceMs,
    measures: [perSecond('queries', goal), cpuPer('query', cpuGoal)],
    run: (pool, count) => runWith(callers, work, pool, count),
  }
}

const queryPool: Work = (pool) => pool.query('select 1')

const queryClient: Work = async (pool) => {
  const client = await pool.connect()
  try {
    await client.query('select 1')
  } finally {
    client.release()
  }
}

/** Statements through the pool: below, at and above the number of connections. */
export const query: Scenario = {
  name: 'query',
  title: 'pool.query(select 1), max 10',
  cases: [1, 10, 64].map((callers) => callersCase(callers, queryPool, 'select 1')),
}

/** Statements as ORMs send them: on a client of one's own. */
export const client: Scenario = {
  name: 'client',
  title: 'connect + client.query(select 1) + release, max 10',
  cases: [1, 10].map((callers) => callersCase(callers, queryClient)),
}

export const loopback = (): pg.PoolConfig => {
  return { max: 10, stream: () => new LoopbackSocket() as unknown as Duplex }
}

function loopbackCase(name: string, callers: number, work: Work): Case {
  const goal = { name: `CPU on loopback, ${name}`, atMost: 1 }
  return {
    name,
    pool: loopback(),
    sliceMs: 100,
    measures: [cpuPer('query', goal), nsPer('query')],
    run: (pool, count) => runWith(callers, work, pool, count),
  }
}

/** The same without a server's share and its noise; what differs is the pools alone. */
export const loopbackQuery: Scenario = {
  name: 'loopback',
  title: 'select 1 against a server of no cost (in this process)',
  cases: [
    loopbackCase('pool, 1 caller', 1, queryPool),
    loopbackCase('pool, 10 callers', 10, queryPool),
    loopbackCase('pool, 64 callers', 64, queryPool),
    loopbackCase('client, 1 caller', 1, queryClient),
  ],
}
