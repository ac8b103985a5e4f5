import {
  createFaultProxy,
  createSeededRandom,
  endPools,
  type FaultLink,
  type FaultProxy,
  leaseEverySlot,
  startPostgres,
  type TestPostgres,
  waitFor,
} from '@hale/testkit'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { ChaosCallers } from './chaos-callers.ts'
import {
  boundMs,
  countsAtRest,
  createAdmin,
  settleAll,
  sumOf,
  TagTable,
  watchPool,
} from './stress-world.ts'

const callerCount = 30
const max = 10
/** How long links are broken, ms; and that many are broken whatever it takes. */
const chaosMs = 10_000
const fewestFaults = 30
const seed = 1
const applicationName = 'chaos'

let server: TestPostgres
let admin: pg.Pool

beforeAll(async () => {
  server = await startPostgres()
  admin = createAdmin(server)
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

const faults: readonly ((link: FaultLink) => void)[] = [
  (link) => link.reset(),
  (link) => link.freeze(),
  (link) => link.halfClose(),
]

/** A proxy that breaks a random link, again and again, after a random number of statements. */
async function createChaos(random: () => number) {
  const texts: string[] = []
  let injected = 0
  let untilFault = 50
  let isOver = false
  const breakOne = ({ links }: FaultProxy): void => {
    const link = links[Math.floor(random() * links.length)]
    if (link === undefined) return
    faults[Math.floor(random() * faults.length)]?.(link)
    injected += 1
  }
  const proxy = await createFaultProxy(server, {
    onStatement: (_link, text) => {
      texts.push(text)
      untilFault -= 1
      if (isOver || untilFault > 0) return
      untilFault = 10 + Math.floor(random() * 80)
      // not from within the link that is passing the statement on
      setImmediate(() => breakOne(proxy))
    },
  })
  return {
    proxy,
    texts,
    get injected() {
      return injected
    },
    stop: () => {
      isOver = true
    },
  }
}

function repeated(texts: readonly string[]): string[] {
  const seen = new Set<string>()
  return texts.filter((text) => seen.size === seen.add(text).size)
}

/** Resolves when the server does nothing more for the pool. */
async function untilBackendsGone(): Promise<void> {
  const text = 'select pid from pg_stat_activity where application_name = $1'
  const isGone = async (): Promise<boolean> =>
    (await admin.query(text, [applicationName])).rowCount === 0
  await waitFor(isGone, { describe: 'the end of every backend', timeoutMs: boundMs })
}

describe('30 callers whose links break at random', () => {
  it('are all told the truth, and leave a pool that serves and ends', async ({ annotate }) => {
    const random = createSeededRandom(seed)
    const table = await TagTable.create(admin, 'chaos')
    const chaos = await createChaos(random)
    const pool = new HealthAwarePool({
      connectionString: chaos.proxy.connectionString(server.connectionString),
      application_name: applicationName,
      max,
      query_timeout: 2_000,
    })
    const watch = watchPool(pool)
    const callers = new ChaosCallers(pool, table, random)
    const running = Array.from({ length: callerCount }, (_, caller) => callers.run(caller))
    const startedAt = performance.now()
    await waitFor(() => performance.now() - startedAt > chaosMs && chaos.injected >= fewestFaults, {
      describe: `${fewestFaults} faults`,
      timeoutMs: boundMs,
    })
    chaos.stop()
    callers.isOver = true

    const { errors } = await settleAll(running)
    expect(errors).toEqual([])
    expect(callers.holders).toMatchObject({ size: 0, overlaps: [] })
    expect(callers.lentInTransaction).toBe(0)
    chaos.proxy.all.restore() // what black holes held back reaches the server now, long given up
    expect(await leaseEverySlot(pool)).toBe(max)
    const counts = await countsAtRest(pool)
    expect(counts).toMatchObject({ leased: 0, waiting: 0 })
    expect(counts.total).toBe(sumOf(counts))
    expect(watch.mostConnections).toBeLessThanOrEqual(max + 1)
    await endPools([pool])
    await chaos.proxy.close()
    await untilBackendsGone()

    const ours = chaos.texts.filter((text) => !text.includes('pg_catalog')) // the rest is the watchers'
    const tagged = ours.filter((text) => /\d+-\d+/.test(text))
    expect(tagged.length).toBeGreaterThan(callerCount)
    expect(repeated(tagged)).toEqual([])

    const rows = await table.rowsByTag()
    const rowsOf = (tag: string): number => rows.get(tag) ?? 0
    expect(callers.tagsOf('acknowledged').filter((tag) => rowsOf(tag) !== 1)).toEqual([])
    expect(callers.tagsOf('unacknowledged').filter((tag) => rowsOf(tag) > 1)).toEqual([])
    expect(callers.tagsOf('undone').filter((tag) => rowsOf(tag) > 0)).toEqual([])
    expect([...rows.keys()].filter((tag) => !callers.fates.has(tag))).toEqual([])
    await annotate(`${callers.calls} calls, ${chaos.injected} faults, ${tagged.length} statements`)
  })
})
