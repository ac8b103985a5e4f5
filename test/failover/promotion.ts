import { setTimeout as delay } from 'node:timers/promises'
import { startPostgres, startStandby, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import {
  audit,
  createLedger,
  type Discrepancies,
  type LayerName,
  layerNames,
  startWriters,
  type Write,
} from './workload.ts'

/** How long nobody promotes, ms. */
const outageMs = 700

export interface PromotionOutcome {
  readonly discrepancies: Discrepancies
  /** Per layer: when its first write was acknowledged by the new primary, ms since that accepted writes. */
  readonly resumedAfterMs: Readonly<Record<LayerName, number>>
  readonly writes: readonly Write[]
}

/**
 * A primary under load goes down (`immediate`: as in a crash; `fast`: as planned), and its standby is
 * promoted while the load goes on. Replication is synchronous: without that PostgreSQL itself may lose what
 * it has acknowledged, and no pool could tell.
 */
export async function promoteUnderLoad(mode: 'immediate' | 'fast'): Promise<PromotionOutcome> {
  await using primary = await startPostgres({
    ignoreEnvironment: true,
    settings: { synchronous_standby_names: '*', synchronous_commit: 'remote_apply' },
  })
  await using standby = await startStandby(primary, {
    settings: { synchronous_standby_names: '' }, // it has no standby of its own to wait for
  })
  await using before = await connectTo(primary)
  await before.client.query(createLedger)
  await using after = await connectTo(standby)
  const { user, password, database } = primary
  const applications = layerNames.map((layer) =>
    startWriters(layer, {
      user,
      password,
      database,
      hosts: [primary, standby].map(({ host, port }) => ({ host, port })),
      targetSessionAttrs: 'read-write',
      max: 4,
    }),
  )
  const acknowledged = ({ writes }: { writes: readonly Write[] }): number =>
    writes.filter(({ outcome }) => outcome === 'acknowledged').length
  await waitFor(() => applications.every((each) => acknowledged(each) > 100))

  await primary.halt(mode)
  const haltedAt = performance.now()
  await delay(outageMs)
  const promotion = standby.promote()
  const acceptedAt = await untilWritable(after.client)
  await promotion
  const resumedAt = ({ writes }: { writes: readonly Write[] }): number | undefined =>
    writes.find((each) => each.outcome === 'acknowledged' && each.settledAt > haltedAt)?.settledAt
  await waitFor(() => applications.every((each) => resumedAt(each) !== undefined))
  const enough = applications.map((each) => acknowledged(each) + 100)
  await waitFor(() => applications.every((each, n) => acknowledged(each) > (enough[n] ?? 0)))
  await Promise.all(applications.map((each) => each.stop()))

  const writes = applications.flatMap((each) => each.writes)
  const resumedAfterMs = Object.fromEntries(
    applications.map((each) => [each.layer, (resumedAt(each) ?? Number.NaN) - acceptedAt]),
  ) as Record<LayerName, number>
  return { discrepancies: await audit(after.client, writes), resumedAfterMs, writes }
}

/** A client of its own, beside the pools. */
export async function connectTo(server: TestPostgres) {
  const client = new pg.Client({ connectionString: server.connectionString })
  client.on('error', () => {}) // its server goes down
  await client.connect()
  return { client, [Symbol.asyncDispose]: () => client.end().catch(() => {}) }
}

/** The instant at which a write succeeded. */
async function untilWritable(client: pg.Client): Promise<number> {
  await waitFor(() => client.query("insert into ledger values ('the first', 0)"), {
    intervalMs: 3,
    timeoutMs: 30_000,
    describe: 'the standby to accept writes',
  })
  return performance.now()
}
