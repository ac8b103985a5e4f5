import { setTimeout as delay } from 'node:timers/promises'
import { HealthAwarePool } from '@hale/pg'
import {
  createFaultProxy,
  createSeededRandom,
  type FaultProxy,
  startPostgres,
  type TestPostgres,
} from '@hale/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf } from './ways.ts'

const watchMs = 30_000

let server: TestPostgres
/** All of them at the same time: most of the time they wait. */
let found: Readonly<Record<Case, Promise<readonly string[]>>>

beforeAll(async () => {
  server = await startPostgres({ ignoreEnvironment: true })
  found = {
    'links of 0 to 200 ms with jitter, each of its own': watch({ max: 20 }, jitter),
    'links of 500 ms each way': watch({ max: 3, firstMs: 1_000 }),
    'links of 1,500 ms each way': watch({ max: 3, firstMs: 3_000 }),
    'links that become slow, 800 ms each way': watch(becoming, (proxy) => riseTo(proxy, 1_600)),
    'links that become slow bit by bit': watch(becoming, async (proxy) => {
      for (let ms = 200; ms <= 1_600; ms += 200) await riseTo(proxy, ms)
    }),
    'one link that becomes slow, 700 ms each way': watch(becoming, async (proxy) => {
      await delay(3_000)
      proxy.links[0]?.delay(1_400)
    }),
    'one connection, 200 ms each way': watch({ max: 1, firstMs: 400, statement: longest }),
    'one connection, 500 ms each way': watch({ max: 1, firstMs: 1_000, statement: longest }),
    'one connection, 1,500 ms each way': watch({ max: 1, firstMs: 3_000, statement: longest }),
    'one connection that becomes slow, 800 ms each way': watch(
      { max: 1, statement: longest },
      (proxy) => riseTo(proxy, 1_600),
    ),
  }
  for (const each of Object.values(found)) each.catch(() => {}) // awaited by the tests
})
afterAll(async () => {
  await Promise.allSettled(Object.values(found ?? {}))
  await server?.stop()
})

const cases = [
  'links of 0 to 200 ms with jitter, each of its own',
  'links of 500 ms each way',
  'links of 1,500 ms each way',
  'links that become slow, 800 ms each way',
  'links that become slow bit by bit',
  'one link that becomes slow, 700 ms each way',
  'one connection, 200 ms each way',
  'one connection, 500 ms each way',
  'one connection, 1,500 ms each way',
  'one connection that becomes slow, 800 ms each way',
] as const
type Case = (typeof cases)[number]

describe('no statement is told that its connection is lost while none is', () => {
  it.each(cases)('on %s', async (name) => {
    expect(await found[name]).toEqual([])
  })
})

const becoming = { max: 3, becomesSlow: true }
/** Nobody else is there to be heard of meanwhile. */
const longest = 'select pg_sleep(20)'

function anyStatement(n: number): string {
  const sleeps = [0, 0.001, 0.02, 0.3, 1, 3]
  return `select pg_sleep(${sleeps[n % sleeps.length]})`
}

/** Runs statements on every connection of a pool behind a proxy; gives the failures. */
async function watch(
  options: {
    readonly max: number
    readonly firstMs?: number
    readonly becomesSlow?: boolean
    readonly statement?: string
  },
  change: (proxy: FaultProxy) => Promise<void> = () => Promise.resolve(),
): Promise<readonly string[]> {
  const { max, firstMs = 0, becomesSlow = false, statement } = options
  await using proxy = await createFaultProxy(server)
  proxy.all.delay(firstMs)
  const connectionString = proxy.connectionString(server.connectionString)
  await using pool = new HealthAwarePool({ connectionString, max })
  pool.on('error', () => {})
  const failures: string[] = []
  const endsAt = performance.now() + watchMs
  const work = async (worker: number): Promise<void> => {
    for (let n = worker; performance.now() < endsAt; n++) {
      const text = statement ?? anyStatement(n)
      const since = performance.now()
      await pool.query(text).catch((error: unknown) => {
        const afterMs = Math.round(performance.now() - since)
        failures.push(`${text} after ${afterMs} ms: ${codeOf(error)} ${String(error)}`)
      })
      if (statement !== undefined) return
      await delay(n % 7 === 0 ? 800 : 1) // now and then long enough to be asked before it is lent
    }
  }
  const working = Array.from({ length: max }, (_, worker) => work(worker))
  await Promise.all([...working, change(proxy)])
  const { lost, unresponsive } = pool.snapshot().totals.recycles
  // an idle connection whose link becomes slower than probes are waited for is replaced, which costs no caller
  const found = lost + (becomesSlow ? 0 : unresponsive)
  if (found > 0) failures.push(`${lost} lost, ${unresponsive} unresponsive`)
  return failures
}

async function riseTo(proxy: FaultProxy, ms: number): Promise<void> {
  await delay(2_500)
  proxy.all.delay(ms)
}

/** Every link gets another latency each second. */
async function jitter(proxy: FaultProxy): Promise<void> {
  const random = createSeededRandom(7)
  const endsAt = performance.now() + watchMs
  while (performance.now() < endsAt) {
    for (const link of proxy.links) link.delay(200 * random(), { jitterMs: 100 * random() })
    await delay(1_000)
  }
}
