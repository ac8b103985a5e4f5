import { HealthAwarePool } from '@hale/pg'
import pg from 'pg'
import type { Rule } from '../check/violation.ts'
import type { FaultStep } from '../nemesis/fault.ts'
import type { CreatePool } from '../world.ts'

/** A pool with one deliberate bug, and what it takes for the bug to show. */
export interface BrokenPool {
  readonly bug: string
  /** The rule that it breaks; it may break others, too. */
  readonly rule: Rule
  /** What callers do. @default all that there is */
  readonly patterns?: readonly string[]
  /** Faults besides the workload. */
  readonly plan: readonly FaultStep[]
  readonly create: CreatePool
}

type Answer = Promise<pg.QueryResult>
type Run = (...given: unknown[]) => Answer
type Repeat = (run: Run, given: readonly unknown[], text: string) => Answer

/** A pool whose clients send statements by `send`. */
function sendingBy(send: Repeat): CreatePool {
  return lendingBy(async (connect) => {
    const client = await connect()
    if (rewired.has(client)) return client
    rewired.add(client)
    const query = client.query.bind(client) as unknown as Run
    const changed: Run = (...given) => sendUnlessOwn(query, given, send)
    client.query = changed as unknown as pg.PoolClient['query']
    return client
  })
}

const rewired = new WeakSet<pg.PoolClient>()

type Connect = () => Promise<pg.PoolClient>
type Lend = (connect: Connect, pool: HealthAwarePool, call: number) => Promise<pg.PoolClient>

/** A pool that lends by `lend`; `call` counts up from 1. */
function lendingBy(lend: Lend): CreatePool {
  return (options) => {
    const pool = new HealthAwarePool({ ...options, max: 3, endTimeoutMs: 300 })
    const connect = pool.connect.bind(pool) as (given?: object) => Promise<pg.PoolClient>
    let calls = 0
    const broken = (given?: object): Promise<pg.PoolClient> => {
      calls += 1
      const lendOne = (): Promise<pg.PoolClient> => (given ? connect(given) : connect())
      return lend(lendOne, pool, calls)
    }
    pool.connect = broken as typeof pool.connect
    return pool
  }
}

/** A pool whose own `query` runs by `send`. */
function queryingBy(send: Repeat): CreatePool {
  return (options) => {
    const pool = new HealthAwarePool(options)
    const query = pool.query.bind(pool) as unknown as Run
    const broken: Run = (...given) => sendUnlessOwn(query, given, send)
    pool.query = broken as unknown as typeof pool.query
    return pool
  }
}

/** Statements with callbacks are the pool's own, few of callers' aside, and sent as they are. */
function sendUnlessOwn(query: Run, given: readonly unknown[], send: Repeat): Answer {
  const hasCallback = typeof given.at(-1) === 'function'
  return hasCallback ? query(...given) : send(query, given, textOf(given[0]))
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : String((given as { readonly text?: unknown }).text)
}

const isCommit = (text: string): boolean => /^\s*commit/i.test(text)
const committed = { command: 'COMMIT', rows: [], rowCount: null, oid: 0, fields: [] } as const

/** Cuts links again and again, at statements of that kind. */
function cutting(command: 'commit' | 'insert', where: 'statement' | 'answer'): FaultStep[] {
  return Array.from({ length: 10 }, (_, n) => {
    const fault = { kind: 'cut', command, where, action: 'reset', forMs: 100 } as const
    return { atMs: 100 + 60 * n, fault }
  })
}

export const brokenPools: readonly BrokenPool[] = [
  {
    bug: 'sends a statement again when its connection was lost',
    rule: 'doubled-write',
    patterns: ['write', 'writeWithParameters'],
    plan: cutting('insert', 'answer'),
    create: queryingBy((run, given) => run(...given).catch(() => run(...given))),
  },
  {
    bug: 'sends a statement again that never reached the server',
    rule: 'sent-twice',
    patterns: ['write', 'writeWithParameters'],
    plan: cutting('insert', 'statement'),
    create: queryingBy((run, given) => run(...given).catch(() => run(...given))),
  },
  {
    bug: 'sends each COMMIT twice',
    rule: 'sent-twice',
    plan: [],
    create: sendingBy(async (run, given, text) => {
      const answer = await run(...given)
      if (isCommit(text)) await run('COMMIT')
      return answer
    }),
  },
  {
    bug: 'acknowledges before COMMIT is answered',
    rule: 'lost-write',
    plan: cutting('commit', 'statement'),
    create: sendingBy((run, given, text) => {
      const answer = run(...given)
      if (!isCommit(text)) return answer
      answer.catch(() => {})
      return Promise.resolve({ ...committed, rows: [], fields: [] })
    }),
  },
  {
    bug: 'swallows that a COMMIT was lost',
    rule: 'lost-write',
    plan: cutting('commit', 'statement'),
    create: sendingBy((run, given, text) => {
      const answer = run(...given)
      return isCommit(text) ? answer.catch(() => ({ ...committed, rows: [], fields: [] })) : answer
    }),
  },
  {
    bug: 'says of a COMMIT whose answer was lost that nothing was done',
    rule: 'undone-write',
    plan: cutting('commit', 'answer'),
    create: sendingBy((run, given, text) => {
      const answer = run(...given)
      if (!isCommit(text)) return answer
      const lie = Object.assign(new Error('rolled back'), { severity: 'ERROR', code: '40001' })
      return answer.catch(() => Promise.reject(lie))
    }),
  },
  {
    bug: 'commits each statement of a transaction by itself',
    rule: 'undone-write',
    plan: [],
    create: sendingBy((run, given, text) => {
      return /^\s*begin/i.test(text) ? run('select 1') : run(...given)
    }),
  },
  {
    bug: 'answers with what another was answered',
    rule: 'wrong-answer',
    plan: [],
    create: sendingBy(answerLate()),
  },
  {
    bug: 'lends one client twice',
    rule: 'lease-overlap',
    plan: [],
    create: lendingBy(lendTwice()),
  },
  {
    bug: 'lends inside a transaction',
    rule: 'dirty-lease',
    plan: [],
    create: lendingBy(async (connect, _pool, call) => {
      const client = await connect()
      if (call % 10 === 0) await client.query('begin').catch(() => {})
      return client
    }),
  },
  {
    bug: 'forgets a caller that waits',
    rule: 'late-waiter',
    plan: [],
    create: lendingBy((connect, _pool, call) => {
      return call === 40 ? new Promise(() => {}) : connect()
    }),
  },
  {
    bug: 'opens connections beyond max',
    rule: 'above-max',
    plan: [],
    create: lendingBy((connect, pool) => (pool.idleCount === 0 ? lendStranger(pool) : connect())),
  },
  {
    bug: 'does not take a client back',
    rule: 'unexpected-error',
    patterns: ['writeOnClient', 'holdClient'], // whose callers release by themselves
    plan: [],
    create: lendingBy(async (connect, _pool, call) => {
      const client = await connect()
      const { release } = client
      client.release = (error) => {
        release(error)
        if (call % 10 === 0) throw new Error('it is not mine')
      }
      return client
    }),
  },
  {
    bug: 'loses a slot',
    rule: 'leaked-slot',
    plan: [],
    create: lendingBy(async (connect, _pool, call) => {
      if (call === 40) await connect()
      return connect()
    }),
  },
]

/** Now and then the answer is that of the statement before it. */
function answerLate(): Repeat {
  let latest: pg.QueryResult | undefined
  let n = 0
  return async (run, given) => {
    const answer = await run(...given)
    n += 1
    const stale = n % 20 === 0 ? latest : undefined
    if (answer.rows.length > 0) latest = answer
    return stale ?? answer
  }
}

/** Now and then a client goes to a second caller while the first has it. */
function lendTwice(): Lend {
  let latest: pg.PoolClient | undefined
  return async (connect, _pool, call) => {
    if (call % 5 === 0 && latest !== undefined) return latest
    const client = await connect()
    const { release } = client
    latest = client
    client.release = (error) => {
      if (latest === client) latest = undefined
      try {
        release(error)
      } catch {
        // the other holder was faster
      }
    }
    return client
  }
}

async function lendStranger({ options }: HealthAwarePool): Promise<pg.PoolClient> {
  const client = new pg.Client(options)
  client.on('error', () => {})
  await client.connect()
  return Object.assign(client, { release: () => void client.end() })
}
