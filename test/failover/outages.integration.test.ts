import { startPostgres, waitFor } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { connectTo, promoteUnderLoad } from './promotion.ts'
import { audit, createLedger, layerNames, noDiscrepancies, startWriters } from './workload.ts'

/** What issue 5 demands: writes flow again so soon after the new primary accepts them. */
const resumedWithinMs = 2_000

describe('a promotion under load, through Kysely and Drizzle', () => {
  it.each(['immediate', 'fast'] as const)(
    'after a stop that is %s: writes flow again within 2 s, none lost and none doubled',
    async (mode) => {
      const { discrepancies, resumedAfterMs, writes } = await promoteUnderLoad(mode)
      expect(discrepancies).toEqual(noDiscrepancies)
      for (const layer of layerNames) expect(resumedAfterMs[layer]).toBeLessThan(resumedWithinMs)
      // what was under way on each connection when the server went, and nothing since
      const unknown = writes.filter(({ outcome }) => outcome === 'unknown')
      expect(unknown.length).toBeLessThanOrEqual(2 * 4)
    },
  )
})

describe('a server stopped in immediate mode and started again under load', () => {
  it('is served from again by the same pools, with no write lost and none doubled', async () => {
    // what was acknowledged is in the log, and the log with the system, as only the process dies: no fsync needed
    await using server = await startPostgres({ ignoreEnvironment: true })
    await using before = await connectTo(server)
    await before.client.query(createLedger)
    const { connectionString } = server
    const applications = layerNames.map((layer) =>
      startWriters(layer, { connectionString, max: 4 }),
    )
    const toldOfChange = new Set<string>()
    for (const { layer, pool } of applications) {
      pool.monitor.on('server:changed', () => void toldOfChange.add(layer))
    }
    await waitFor(() =>
      applications.every(({ pool }) => pool.snapshot().server.sentinel === 'watching'),
    )
    const acknowledged = (): readonly number[] =>
      applications.map(
        ({ writes }) => writes.filter(({ outcome }) => outcome === 'acknowledged').length,
      )
    for (let round = 0; round < 2; round++) {
      const counts = acknowledged()
      await waitFor(() => acknowledged().every((count, n) => count > (counts[n] ?? 0) + 100))
      await server.restart('immediate')
    }
    const counts = acknowledged()
    await waitFor(() => acknowledged().every((count, n) => count > (counts[n] ?? 0) + 100))
    await waitFor(() => toldOfChange.size === applications.length, {
      describe: 'the restart to be noticed',
    })
    await Promise.all(applications.map((each) => each.stop()))
    await using after = await connectTo(server)
    const writes = applications.flatMap((each) => each.writes)
    expect(await audit(after.client, writes)).toEqual(noDiscrepancies)
  })
})
