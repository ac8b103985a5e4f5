import { setTimeout as delay } from 'node:timers/promises'
import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import {
  createFaultProxy,
  type FaultLink,
  type FaultProxy,
  startPostgres,
  suspendProcess,
  type TestPostgres,
  waitFor,
} from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  codeOf,
  openWay,
  type Run,
  type Told,
  toldOf,
  transactionOf,
  type WayName,
  wayNames,
} from './ways.ts'

/** What issue 5 demands, at default options. */
const toldWithinMs = 10_000

let server: TestPostgres
let admin: pg.Pool
/** Suspended as a whole by one test, while the others wait on the first. */
let stalled: TestPostgres
let slow: Promise<readonly string[]>

beforeAll(async () => {
  server = await startPostgres({ ignoreEnvironment: true })
  stalled = await startPostgres({ ignoreEnvironment: true })
  admin = new pg.Pool({ connectionString: server.connectionString, max: 4 })
  admin.on('error', () => {}) // its end may come before the server's goodbye
  slow = runSlowOnes() // takes 30 s, whatever else happens meanwhile
  slow.catch(() => {}) // awaited by the last test
})
afterAll(async () => {
  await slow?.catch(() => {})
  await admin?.end()
  await server?.stop()
  await stalled?.stop()
})

/** One pool of one connection behind a proxy of its own, at default options. */
interface Alone {
  readonly run: Run
  readonly pool: HealthAwarePool
  readonly proxy: FaultProxy
  readonly link: FaultLink
  readonly processId: number
}

async function alone<Result>(
  name: WayName,
  use: (world: Alone) => Promise<Result>,
  options: HealthAwarePoolOptions = { max: 1 },
): Promise<Result> {
  await using proxy = await createFaultProxy(server)
  const connectionString = proxy.connectionString(server.connectionString)
  await using pool = new HealthAwarePool({ connectionString, ...options })
  pool.on('error', () => {})
  await using way = await openWay(name, pool)
  await way.run('select 1')
  const processId = pool.snapshot().connections[0]?.processId ?? 0
  const link = proxy.link(processId)
  if (link === undefined) throw new Error('no link')
  try {
    return await use({ run: way.run, pool, proxy, link, processId })
  } finally {
    proxy.all.restore()
  }
}

/** The same for all four ways at once. */
function eachWay<Result>(use: (world: Alone) => Promise<Result>): Promise<readonly Result[]> {
  return Promise.all(wayNames.map((name) => alone(name, use)))
}

function expectLost(told: readonly Told[], because: string): void {
  const lost = { code: 'HALE_CONNECTION_LOST', because }
  expect(told.map(({ code, because }) => ({ code, because }))).toEqual(told.map(() => lost))
  for (const { afterMs } of told) expect(afterMs).toBeLessThan(toldWithinMs)
}

async function isActive(processId: number): Promise<boolean> {
  const { rows } = await admin.query('select state from pg_stat_activity where pid = $1', [
    processId,
  ])
  return rows[0]?.state === 'active'
}

describe('a statement on a dead link is told within 10 s that its connection is lost', () => {
  it('when the statement never arrives: the server waits for us', async () => {
    const told = await eachWay(({ run, link }) => {
      link.freeze()
      return toldOf(run('select 1'))
    })
    expectLost(told, 'idle')
    // where round trips take milliseconds nobody waits for the bound
    for (const { afterMs } of told) expect(afterMs).toBeLessThan(2_000)
  })

  it('when its answer never arrives, because the link died while it ran', async () => {
    const told = await eachWay(async ({ run, link, processId }) => {
      const statement = toldOf(run('select pg_sleep(1)'))
      await waitFor(() => isActive(processId))
      link.freeze()
      return statement
    })
    expectLost(told, 'idle')
  })

  it('when its backend is gone, and nobody could tell us', async () => {
    const told = await eachWay(async ({ run, pool, link, processId }) => {
      await waitFor(() => pool.snapshot().server.connections) // the sentinel has seen the backend
      const statement = toldOf(run('select pg_sleep(20)'))
      await waitFor(() => isActive(processId))
      link.freeze()
      await admin.query('select pg_terminate_backend($1)', [processId])
      return statement
    })
    expectLost(told, 'gone')
  })

  it('when the statement is known to take long', async () => {
    const told = await Promise.all(
      wayNames.map((name) =>
        alone(name, async ({ run, link }) => {
          const usual = 'select pg_sleep(2.5)' // twice that is the longest that is waited before anybody is asked
          for (let n = 0; n < 40; n++) await run('select 1') // before that nothing is learned
          // the longest counts, less the time in which this process stood still itself: that spares one of three
          for (let n = 0; n < 3; n++) await run(usual)
          link.freeze()
          return toldOf(run(usual))
        }),
      ),
    )
    expectLost(told, 'idle')
    for (const { afterMs } of told) expect(afterMs).toBeGreaterThan(5_000)
  })

  it('when all links are dead, and nobody can be asked', async () => {
    const told = await eachWay(({ run, proxy }) => {
      proxy.all.freeze()
      return toldOf(run('select 1'))
    })
    expectLost(told, 'unanswered')
  })

  it('when the backend itself stands still', async () => {
    const told = await eachWay(async ({ run, processId }) => {
      using _ = suspendProcess(processId)
      return await toldOf(run('select 1'))
    })
    expectLost(told, 'idle')
  })
})

describe('what only stands still for a while is waited for', () => {
  it('a backend that is stopped in the middle of a statement, for 4 s', async () => {
    const lost = await eachWay(async ({ run, pool, processId }) => {
      const statement = run('select pg_sleep(2)')
      await waitFor(() => isActive(processId))
      await delay(300) // it sleeps by now, and holds no lock that others need
      using stopped = suspendProcess(processId)
      await delay(4_000)
      stopped.resume()
      await statement
      return recyclesOf(pool)
    })
    expect(lost.flat()).toEqual([])
  })

  it('a whole server, its first process and all of its backends, for 4 s', async () => {
    await using pool = new HealthAwarePool({ connectionString: stalled.connectionString, max: 8 })
    const ways = await Promise.all(wayNames.map((name) => openWay(name, pool)))
    await Promise.all(ways.map(({ run }) => run('select pg_sleep(0.1)')))
    await waitFor(() => pool.snapshot().server.sentinel === 'watching')
    const { rows } = await pool.query<{ pid: number }>('select pid from pg_stat_activity')
    const running = ways.flatMap(({ run }) => [run('select pg_sleep(1)'), run('select 1')])
    await delay(50)
    const processes = [stalled.processId ?? 0, ...rows.map(({ pid }) => pid)].map(suspendProcess)
    const during = ways.map(({ run }) => run('select 2'))
    await delay(4_000)
    for (const each of processes) each.resume()
    await Promise.all([...running, ...during])
    for (const way of ways) await way[Symbol.asyncDispose]()
    expect(recyclesOf(pool)).toEqual([])
  })
})

describe('a transaction whose caller gives up a statement by its own timeout', () => {
  it.each(['Kysely', 'Drizzle'] as const)(
    'rolls back at once on the same connection, whose backend stops working (%s)',
    async (name) => {
      const options = { max: 1, query_timeout: 500 }
      await alone(
        name,
        async ({ pool, processId }) => {
          const transaction = transactionOf(name, pool, (run) => run('select pg_sleep(30)'))
          const { message, afterMs } = await toldOf(transaction)
          expect(message).toBe('Query read timeout')
          expect(afterMs).toBeLessThan(1_500)
          await waitFor(async () => !(await isActive(processId)), { timeoutMs: 1_000 })
          const { rows } = await pool.query('select pg_backend_pid() as pid')
          expect(rows).toEqual([{ pid: processId }])
        },
        options,
      )
    },
  )
})

describe('a statement of 30 s is left alone', () => {
  it('whichever way it is sent, on links that are fast, slow or very slow, and beside links that die', async () => {
    expect(await slow).toEqual([])
  }, 60_000)
})

/** What went wrong with the statements that take 30 s. */
async function runSlowOnes(): Promise<readonly string[]> {
  const worlds: readonly (readonly [string, number, HealthAwarePoolOptions])[] = [
    ['fast links', 0, { max: 4 }],
    ['links of +50 ms', 50, { max: 4 }],
    ['links of +400 ms', 400, { max: 4 }],
  ]
  const inWorlds = worlds.map(async ([title, delayMs, options]) => {
    await using proxy = await createFaultProxy(server)
    proxy.all.delay(delayMs)
    const connectionString = proxy.connectionString(server.connectionString)
    await using pool = new HealthAwarePool({ connectionString, ...options })
    const failures = wayNames.map((name) => failureOf(`${title}, ${name}`, runSlow(name, pool)))
    return [
      ...(await Promise.all(failures)),
      ...recyclesOf(pool).map((cause) => `${title}: ${cause}`),
    ]
  })
  const besideDeath = alone(
    'pool.query',
    async ({ run, proxy, processId }) => {
      const statement = failureOf('beside links that die', run('select pg_sleep(30)'))
      await delay(1_000)
      const others = [1, 2, 3].map(() => toldOf(run('select pg_sleep(2)')))
      await delay(500)
      for (const link of proxy.links) {
        const isOther = link.processId !== undefined && link.processId !== processId
        if (isOther) link.freeze()
      }
      const codes = (await Promise.all(others)).map(({ code }) => code)
      const untold = codes.filter((code) => code !== 'HALE_CONNECTION_LOST')
      return [await statement, ...untold.map((code) => `a link that died: ${code}`)]
    },
    { max: 4 },
  )
  const found = await Promise.all([...inWorlds, besideDeath])
  return found.flat().filter((text) => text !== undefined)
}

async function runSlow(name: WayName, pool: HealthAwarePool): Promise<void> {
  await using way = await openWay(name, pool)
  await way.run('select pg_sleep(30)')
}

async function failureOf(title: string, statement: Promise<unknown>): Promise<string | undefined> {
  return statement.then(
    () => undefined,
    (error: unknown) => `${title}: ${codeOf(error)} ${String(error)}`,
  )
}

/** Connections that were given up for a fault. */
function recyclesOf(pool: HealthAwarePool): readonly string[] {
  const planned = new Set([
    'lifetime',
    'uses',
    'idle',
    'memory',
    'surplus',
    'operator',
    'pool-closed',
  ])
  const { recycles } = pool.snapshot().totals
  return Object.entries(recycles).flatMap(([cause, count]) =>
    count > 0 && !planned.has(cause) ? [`${count} × ${cause}`] : [],
  )
}
